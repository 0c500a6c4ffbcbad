// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GovernmentId} from "../types/Identifiers.sol";

/// @dev A list in memory that grows, and holds nothing twice. Made for lines of succession, which are short.
library GovernmentList {
    struct List {
        GovernmentId[] items;
        uint256 count;
    }

    function add(List memory list, GovernmentId id) internal pure {
        for (uint256 i = 0; i < list.count; ++i) {
            if (list.items[i] == id) return;
        }
        if (list.count == list.items.length) list.items = _copy(list, list.count == 0 ? 1 : 4 * list.count);
        list.items[list.count++] = id;
    }

    function toArray(List memory list) internal pure returns (GovernmentId[] memory) {
        return list.count == list.items.length ? list.items : _copy(list, list.count);
    }

    function _copy(List memory list, uint256 length) private pure returns (GovernmentId[] memory items) {
        items = new GovernmentId[](length);
        for (uint256 i = 0; i < list.count; ++i) {
            items[i] = list.items[i];
        }
    }
}
