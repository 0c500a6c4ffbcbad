// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAgreementRegistry} from "../interfaces/IAgreementRegistry.sol";

/// @dev How long the texts of an agreement may be, in bytes.
library AgreementTexts {
    uint256 private constant SHORT_BYTES_MAX = 512;
    uint256 private constant NOTE_BYTES_MAX = 1024;
    uint256 private constant LONG_BYTES_MAX = 4096;

    /// @dev A name, a number, a place.
    function requireShort(string memory field, string calldata text, bool mandatory) internal pure {
        _require(field, bytes(text).length, SHORT_BYTES_MAX, mandatory);
    }

    /// @dev A reason or a remark.
    function requireNote(string memory field, string calldata text, bool mandatory) internal pure {
        _require(field, bytes(text).length, NOTE_BYTES_MAX, mandatory);
    }

    /// @dev A rule in words.
    function requireLong(string memory field, string calldata text) internal pure {
        _require(field, bytes(text).length, LONG_BYTES_MAX, false);
    }

    function _require(string memory field, uint256 length, uint256 lengthMax, bool mandatory) private pure {
        if (mandatory && length == 0) revert IAgreementRegistry.AgreementFieldEmpty(field);
        if (length > lengthMax) revert IAgreementRegistry.AgreementFieldTooLong(field, length, lengthMax);
    }
}
