// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authorization} from "../types/Authorization.sol";
import {CommitmentId, GovernmentId} from "../types/Identifiers.sol";
import {ISignedCommands} from "./ISignedCommands.sol";

/// @title Handing a commitment to another debtor
/// @notice The debtor offers; the other government takes over and the creditor consents, in any order. Only before it is
/// due, so that nobody hands a breach on.
interface IDebtTransfers is ISignedCommands {
    struct Offer {
        GovernmentId from;
        GovernmentId to;
        bool takenOver;
        bool consented;
    }

    event DebtTransferOffered(CommitmentId indexed commitment, GovernmentId indexed debtor, GovernmentId indexed to);
    /// @notice The debtor took its offer back.
    event DebtTransferWithdrawn(CommitmentId indexed commitment, GovernmentId indexed debtor, GovernmentId indexed to);
    /// @notice `role` says as what this government agreed: the new debtor, or the creditor.
    event DebtTransferAgreed(CommitmentId indexed commitment, GovernmentId indexed government, bool asCreditor);

    error DebtTransferNotOffered(CommitmentId commitment, GovernmentId to);
    /// @notice The commitment is not one that is accepted, not yet due and without evidence, or the other is not another
    /// party of the agreement.
    error DebtTransferInvalid(CommitmentId commitment, string field);
    error DebtTransferNotDebtor(CommitmentId commitment, GovernmentId caller, GovernmentId debtor);
    error DebtTransferNotConcerned(CommitmentId commitment, GovernmentId caller);
    error DebtTransferAlreadyAgreed(CommitmentId commitment, GovernmentId caller);

    /// @notice Offers, as debtor, to hand the commitment to another party. A new offer takes the place of an older.
    function offerDebtTransfer(CommitmentId commitment, GovernmentId to, Authorization calldata authorization) external;

    function withdrawDebtTransfer(CommitmentId commitment, Authorization calldata authorization) external;

    /// @notice Agrees, as the new debtor or as the creditor. When both have, the commitment is the new debtor's.
    function agreeDebtTransfer(CommitmentId commitment, GovernmentId to, Authorization calldata authorization) external;

    function offer(CommitmentId commitment) external view returns (Offer memory);
}
