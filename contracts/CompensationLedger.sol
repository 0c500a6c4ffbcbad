// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {GovernmentCommands} from "./base/GovernmentCommands.sol";
import {IAgreementRegistry} from "./interfaces/IAgreementRegistry.sol";
import {ICompensationLedger} from "./interfaces/ICompensationLedger.sol";
import {IGovernmentRegister} from "./interfaces/IGovernmentRegister.sol";
import {CurrencyCode} from "./libraries/CurrencyCode.sol";
import {Authorization} from "./types/Authorization.sol";
import {GovernmentId, TransferId} from "./types/Identifiers.sol";

contract CompensationLedger is ICompensationLedger, GovernmentCommands {
    /// Ten quadrillion yuan: more than any government pays at once, so a larger figure is a slip.
    uint64 private constant AMOUNT_MINOR_MAX = 10 ** 18;
    uint256 private constant REFERENCE_BYTES_MAX = 256;

    string private constant TRANSFER_TERMS_TYPE =
        "TransferTerms(uint32 agreement,uint32 payee,bytes3 currency,uint64 amountMinor,uint64 paidAt,string referenceNumber)";
    bytes32 private constant TRANSFER_TERMS = keccak256(bytes(TRANSFER_TERMS_TYPE));
    bytes32 private constant RECORD_TRANSFER = keccak256(
        abi.encodePacked(
            "RecordTransfer(TransferTerms terms,address signer,uint256 operation,uint64 deadline)", TRANSFER_TERMS_TYPE
        )
    );
    bytes32 private constant CONFIRM_TRANSFER =
        keccak256("ConfirmTransfer(uint64 id,uint64 receivedAt,address signer,uint256 operation,uint64 deadline)");

    IAgreementRegistry public immutable agreements;

    mapping(TransferId id => Transfer) private _transfers;
    /// @inheritdoc ICompensationLedger
    uint64 public transferCount;

    constructor(IGovernmentRegister register_, IAgreementRegistry agreements_) GovernmentCommands(register_) {
        agreements = agreements_;
    }

    /// @inheritdoc ICompensationLedger
    function recordTransfer(TransferTerms calldata terms, Authorization calldata authorization)
        external
        returns (TransferId id)
    {
        GovernmentId payer = _actor(
            _isRelayed(authorization) ? abi.encode(RECORD_TRANSFER, _hash(terms)) : bytes(""),
            authorization,
            IGovernmentRegister.Role.Government
        );
        if (terms.payee == payer) revert TransferToSelf(payer);
        if (terms.payee.isNone()) revert IAgreementRegistry.AgreementNotParty(terms.agreement, terms.payee);
        uint64 effectiveFrom = agreements.requireInForce(terms.agreement, payer, terms.payee);
        if (terms.amountMinor == 0 || terms.amountMinor > AMOUNT_MINOR_MAX) {
            revert TransferAmountOutOfRange(terms.amountMinor, 1, AMOUNT_MINOR_MAX);
        }
        if (!CurrencyCode.isCode(terms.currency)) revert TransferCurrencyInvalid(terms.currency);
        if (terms.paidAt < effectiveFrom || terms.paidAt > block.timestamp) {
            revert TransferDateInvalid(terms.paidAt, effectiveFrom, block.timestamp);
        }
        uint256 length = bytes(terms.referenceNumber).length;
        if (length == 0 || length > REFERENCE_BYTES_MAX) {
            revert TransferReferenceInvalid(length, REFERENCE_BYTES_MAX);
        }

        id = TransferId.wrap(++transferCount);
        _transfers[id] = Transfer({
            agreement: terms.agreement,
            payer: payer,
            payee: terms.payee,
            currency: terms.currency,
            amountMinor: terms.amountMinor,
            paidAt: uint40(terms.paidAt),
            state: TransferState.Pending
        });
        emit TransferRecorded(
            id,
            terms.agreement,
            payer,
            terms.payee,
            terms.currency,
            terms.amountMinor,
            terms.paidAt,
            terms.referenceNumber
        );
    }

    /// @inheritdoc ICompensationLedger
    function confirmTransfer(TransferId id, uint64 receivedAt, Authorization calldata authorization) external {
        GovernmentId caller = _actor(
            abi.encode(CONFIRM_TRANSFER, id, receivedAt), authorization, IGovernmentRegister.Role.Government
        );
        Transfer storage t = _transfers[id];
        if (t.state == TransferState.None) revert TransferUnknown(id);
        if (t.state != TransferState.Pending) revert TransferStateInvalid(id, t.state);
        if (t.payee != caller) revert TransferNotPayee(id, caller, t.payee);
        if (receivedAt < t.paidAt || receivedAt > block.timestamp) {
            revert TransferDateInvalid(receivedAt, t.paidAt, block.timestamp);
        }

        t.state = TransferState.Confirmed;
        emit TransferConfirmed(id, caller, t.currency, t.amountMinor, receivedAt);
    }

    /// @inheritdoc ICompensationLedger
    function transfer(TransferId id) external view returns (Transfer memory) {
        return _transfers[id];
    }

    function _hash(TransferTerms calldata t) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                TRANSFER_TERMS,
                t.agreement,
                t.payee,
                t.currency,
                t.amountMinor,
                t.paidAt,
                keccak256(bytes(t.referenceNumber))
            )
        );
    }
}
