// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GovernmentCommands} from "./base/GovernmentCommands.sol";
import {IAgreementRegistry} from "./interfaces/IAgreementRegistry.sol";
import {IDialogueRegister} from "./interfaces/IDialogueRegister.sol";
import {IGovernmentRegister} from "./interfaces/IGovernmentRegister.sol";
import {Authorization} from "./types/Authorization.sol";
import {AgreementId, GovernmentId} from "./types/Identifiers.sol";

contract DialogueRegister is IDialogueRegister, GovernmentCommands {
    bytes32 private constant RECORD_DIALOGUE = keccak256(
        "RecordDialogue(uint32 agreement,uint32 counterpart,bytes32 digest,uint32 messages,address signer,uint256 operation,uint64 deadline)"
    );

    IAgreementRegistry public immutable agreements;

    constructor(IGovernmentRegister register_, IAgreementRegistry agreements_) GovernmentCommands(register_) {
        agreements = agreements_;
    }

    /// @inheritdoc IDialogueRegister
    function recordDialogue(
        AgreementId agreement,
        GovernmentId counterpart,
        bytes32 digest,
        uint32 messages,
        Authorization calldata authorization
    ) external {
        GovernmentId caller = _actor(
            abi.encode(RECORD_DIALOGUE, agreement, counterpart, digest, messages),
            authorization,
            IGovernmentRegister.Role.Government
        );
        bool ofPair = AgreementId.unwrap(agreement) == 0;
        if (!ofPair && !agreements.isParty(agreement, caller)) revert DialogueNotParty(agreement, caller);
        if (!_isCounterpart(agreement, ofPair, caller, counterpart)) {
            revert DialogueCounterpartInvalid(agreement, counterpart);
        }
        if (digest == 0) revert DialogueEmpty("digest");
        if (messages == 0) revert DialogueEmpty("messages");

        emit DialogueRecorded(agreement, caller, counterpart, digest, messages);
    }

    /// @dev What is said to all is said under an agreement; nobody talks with itself.
    function _isCounterpart(AgreementId agreement, bool ofPair, GovernmentId caller, GovernmentId counterpart)
        private
        view
        returns (bool)
    {
        if (counterpart == caller) return false;
        if (ofPair) return register.hasRole(counterpart, IGovernmentRegister.Role.Government);
        return counterpart.isNone() || agreements.isParty(agreement, counterpart);
    }
}
