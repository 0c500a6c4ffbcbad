// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authorization} from "../types/Authorization.sol";
import {AgreementId, GovernmentId} from "../types/Identifiers.sol";
import {ISignedCommands} from "./ISignedCommands.sol";

/// @title Putting a dialogue on record
/// @notice Governments talk off the chain. Either of them can put on record what was said up to now, by a digest that says
/// nothing to others and that both can open to a third.
interface IDialogueRegister is ISignedCommands {
    /// @param agreement The agreement the dialogue is about; 0 for one of a pair of governments.
    /// @param counterpart The other government of the pair; 0 for all parties of the agreement.
    /// @param digest Salted digest of the messages' chain.
    /// @param messages How many messages it covers.
    event DialogueRecorded(
        AgreementId indexed agreement,
        GovernmentId indexed government,
        GovernmentId indexed counterpart,
        bytes32 digest,
        uint32 messages
    );

    error DialogueNotParty(AgreementId agreement, GovernmentId caller);
    error DialogueCounterpartInvalid(AgreementId agreement, GovernmentId counterpart);
    error DialogueEmpty(string field);

    function recordDialogue(
        AgreementId agreement,
        GovernmentId counterpart,
        bytes32 digest,
        uint32 messages,
        Authorization calldata authorization
    ) external;
}
