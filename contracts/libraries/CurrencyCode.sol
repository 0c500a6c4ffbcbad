// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @dev What an ISO 4217 code looks like. Which of these codes exist is checked where a command is made.
library CurrencyCode {
    /// @notice Whether these are three capital letters.
    function isCode(bytes3 currency) internal pure returns (bool) {
        for (uint256 i = 0; i < 3; ++i) {
            if (currency[i] < "A" || currency[i] > "Z") return false;
        }
        return true;
    }
}
