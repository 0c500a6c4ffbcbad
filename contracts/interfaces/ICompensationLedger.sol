// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authorization} from "../types/Authorization.sol";
import {AgreementId, GovernmentId, TransferId} from "../types/Identifiers.sol";
import {ISignedCommands} from "./ISignedCommands.sol";

/// @title What was paid to make benefits even
/// @notice The payer records a transfer; it counts once the payee confirms that it arrived.
interface ICompensationLedger is ISignedCommands {
    enum TransferState {
        None,
        Pending,
        Confirmed
    }

    struct TransferTerms {
        AgreementId agreement;
        GovernmentId payee;
        /// ISO 4217 code.
        bytes3 currency;
        /// In the currency's minor unit.
        uint64 amountMinor;
        /// When it was paid.
        uint64 paidAt;
        /// The payment's reference at the bank.
        string referenceNumber;
    }

    /// @dev One storage slot.
    struct Transfer {
        AgreementId agreement;
        GovernmentId payer;
        GovernmentId payee;
        bytes3 currency;
        uint64 amountMinor;
        uint40 paidAt;
        TransferState state;
    }

    event TransferRecorded(
        TransferId indexed id,
        AgreementId indexed agreement,
        GovernmentId indexed payer,
        GovernmentId payee,
        bytes3 currency,
        uint64 amountMinor,
        uint64 paidAt,
        string referenceNumber
    );
    event TransferConfirmed(
        TransferId indexed id, GovernmentId indexed payee, bytes3 currency, uint64 amountMinor, uint64 receivedAt
    );

    error TransferUnknown(TransferId id);
    error TransferToSelf(GovernmentId payer);
    error TransferStateInvalid(TransferId id, TransferState state);
    error TransferNotPayee(TransferId id, GovernmentId caller, GovernmentId payee);
    error TransferAmountOutOfRange(uint64 amountMinor, uint64 amountMinorMin, uint64 amountMinorMax);
    error TransferCurrencyInvalid(bytes3 currency);
    error TransferDateInvalid(uint64 moment, uint64 earliest, uint256 currentTime);
    error TransferReferenceInvalid(uint256 length, uint256 lengthMax);

    /// @notice Records, as payer, that compensation was paid.
    function recordTransfer(TransferTerms calldata terms, Authorization calldata authorization)
        external
        returns (TransferId id);

    /// @notice Confirms, as payee, that it arrived.
    function confirmTransfer(TransferId id, uint64 receivedAt, Authorization calldata authorization) external;

    function transfer(TransferId id) external view returns (Transfer memory);

    function transferCount() external view returns (uint64);
}
