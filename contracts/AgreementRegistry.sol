// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import {AgreementRecords} from "./base/AgreementRecords.sol";
import {IAgreementRegistry} from "./interfaces/IAgreementRegistry.sol";
import {IBreachRegister} from "./interfaces/IBreachRegister.sol";
import {ICommitmentRegistry} from "./interfaces/ICommitmentRegistry.sol";
import {IDisciplineRegister} from "./interfaces/IDisciplineRegister.sol";
import {IGovernmentRegister} from "./interfaces/IGovernmentRegister.sol";
import {AgreementCommands} from "./libraries/AgreementCommands.sol";
import {AgreementTexts} from "./libraries/AgreementTexts.sol";
import {Authorization} from "./types/Authorization.sol";
import {AgreementId, CommitmentId, GovernmentId} from "./types/Identifiers.sol";

contract AgreementRegistry is AgreementRecords {
    using BitMaps for BitMaps.BitMap;

    uint256 private constant PARTIES_MIN = 2;

    bytes32 private immutable _proposeAgreement = AgreementCommands.typeWithTerms(
        "ProposeAgreement(AgreementTerms terms,address signer,uint256 operation,uint64 deadline)"
    );
    bytes32 private immutable _proposeVersion = AgreementCommands.typeWithTerms(
        "ProposeVersion(uint32 id,AgreementTerms terms,string changeNote,address signer,uint256 operation,uint64 deadline)"
    );
    bytes32 private immutable _recordAgreement = AgreementCommands.typeWithTerms(
        "RecordAgreement(AgreementTerms terms,address signer,uint256 operation,uint64 deadline)"
    );

    constructor(
        IGovernmentRegister register_,
        ICommitmentRegistry commitments_,
        IBreachRegister breaches_,
        IDisciplineRegister discipline_
    ) AgreementRecords(register_, commitments_, breaches_, discipline_) {}

    // ------------------------------------------------------------------------------------- agreeing, version by version

    /// @inheritdoc IAgreementRegistry
    function proposeAgreement(AgreementTerms calldata terms, Authorization calldata authorization)
        external
        returns (AgreementId id)
    {
        GovernmentId proposer =
            _government(abi.encode(_proposeAgreement, _hashTerms(terms, authorization)), authorization);
        discipline.requireUnrestricted(proposer);

        bytes32 digest = _checkProposed(terms);
        Agreement storage a;
        (id, a) = _create(AgreementState.Proposed, terms);
        _adopt(a, _addVersion(id, proposer, terms, digest));
        a.pendingVersion = 1;
        _requireParty(id, proposer);
        emit AgreementProposed(id, proposer, digest, terms);
    }

    /// @inheritdoc IAgreementRegistry
    function proposeVersion(
        AgreementId id,
        AgreementTerms calldata terms,
        string calldata changeNote,
        Authorization calldata authorization
    ) external returns (uint16 number) {
        (GovernmentId proposer, Agreement storage a) = _party(
            id,
            abi.encode(_proposeVersion, id, _hashTerms(terms, authorization), keccak256(bytes(changeNote))),
            authorization
        );
        discipline.requireUnrestricted(proposer);
        bool amends = _requireNegotiable(id, a);
        AgreementTexts.requireNote("changeNote", changeNote, true);
        bytes32 digest = amends ? _checkAmendment(id, a, terms) : _checkProposed(terms);
        checker.checkParties(id, terms.coordinatingBody, terms.parties);

        Version storage v = _addVersion(id, proposer, terms, digest);
        number = _rolls[id].versionCount;
        a.pendingVersion = number;
        if (!amends) _adopt(a, v);
        emit AgreementVersionProposed(id, number, proposer, digest, terms, changeNote);
    }

    /// @inheritdoc IAgreementRegistry
    function signAgreement(
        AgreementId id,
        uint16 version,
        bytes32 termsDigest,
        Authorization calldata authorization
    ) external {
        (GovernmentId party, Agreement storage a) =
            _party(id, abi.encode(AgreementCommands.SIGN_AGREEMENT, id, version, termsDigest), authorization);
        discipline.requireUnrestricted(party);
        // Who signed what is in force hears that; who signed what was replaced hears that it was.
        if ((version == a.pendingVersion || version == a.version) && hasSigned(id, version, party)) {
            revert AgreementAlreadySigned(id, party);
        }
        _requireNegotiable(id, a);
        _requirePending(id, a, version);
        Version storage v = _versions[id][version];
        _requireNotExpired(a.effectiveFrom, v.expiresAt);
        if (termsDigest != v.termsDigest) revert AgreementTermsDiffer(id, termsDigest, v.termsDigest);

        _sign(id, version, party);
        emit AgreementSigned(id, version, party, termsDigest);
        _concludeWhereAllSigned(id, a);
    }

    /// @inheritdoc IAgreementRegistry
    function declineVersion(
        AgreementId id,
        uint16 version,
        string calldata reason,
        Authorization calldata authorization
    ) external {
        (GovernmentId party, Agreement storage a) = _party(
            id, abi.encode(AgreementCommands.DECLINE_VERSION, id, version, keccak256(bytes(reason))), authorization
        );
        _requireState(id, a, PROPOSED | CONCLUDED | SUSPENDED);
        _requirePending(id, a, version);
        AgreementTexts.requireNote("reason", reason, true);

        a.pendingVersion = 0;
        if (a.state == AgreementState.Proposed) a.state = AgreementState.Abandoned;
        emit AgreementVersionDeclined(id, version, party, reason);
    }

    // --------------------------------------------------------------------------------------------------- joining

    /// @inheritdoc IAgreementRegistry
    function accedeToAgreement(AgreementId id, bytes32 termsDigest, Authorization calldata authorization) external {
        GovernmentId newcomer =
            _government(abi.encode(AgreementCommands.ACCEDE_TO_AGREEMENT, id, termsDigest), authorization);
        Agreement storage a = _existing(id);
        discipline.requireUnrestricted(newcomer);
        _requireCurrent(id, a);
        if (a.accession == AccessionRule.Closed) revert AccessionClosed(id);
        _requireNewcomer(id, a, newcomer);
        if (termsDigest != a.termsDigest) revert AgreementTermsDiffer(id, termsDigest, a.termsDigest);

        if (a.accession == AccessionRule.Open) {
            _admit(id, a, newcomer, GovernmentId.wrap(0));
        } else {
            _rolls[id].accessions[newcomer] = a.version;
            emit AccessionRequested(id, newcomer, termsDigest);
        }
    }

    /// @inheritdoc IAgreementRegistry
    function approveAccession(AgreementId id, GovernmentId government, Authorization calldata authorization) external {
        (GovernmentId body, Agreement storage a) =
            _body(id, abi.encode(AgreementCommands.APPROVE_ACCESSION, id, government), authorization);
        _requireCurrent(id, a);
        // What was signed before an amendment is not what would bind now.
        if (_rolls[id].accessions[government] != a.version) revert AccessionNotRequested(id, government);
        _requireNewcomer(id, a, government);

        _admit(id, a, government, body);
    }

    /// @inheritdoc IAgreementRegistry
    function succeedParty(AgreementId id, GovernmentId predecessor, Authorization calldata authorization) external {
        GovernmentId successor =
            _government(abi.encode(AgreementCommands.SUCCEED_PARTY, id, predecessor), authorization);
        Agreement storage a = _existing(id);
        if (successor == predecessor || !register.standsFor(successor, predecessor)) {
            revert AgreementNotSuccessor(successor, predecessor);
        }
        bool vacates = isParty(id, predecessor);
        bool joins = !isParty(id, successor);
        if (!vacates) {
            if (!_rolls[id].succeeded.get(GovernmentId.unwrap(predecessor))) revert AgreementNotParty(id, predecessor);
            if (!joins) revert AgreementPartyTwice(successor);
        }
        _requireState(id, a, PROPOSED | CONCLUDED | SUSPENDED);
        // A body that is a party could not rule on itself.
        if (successor == a.coordinatingBody || successor == _nextBody(id, a)) {
            revert AgreementCoordinatingBodyIsParty(successor);
        }

        if (vacates) _vacate(id, a, predecessor, successor, joins);
        if (joins) _seat(id, a, successor);
        emit PartySucceeded(id, predecessor, successor);
        // Where two parties have become one, what only the former had not signed or consented to may now be complete.
        _concludeWhereAllSigned(id, a);
        _endWhereAllConsent(id, a, successor);
    }

    // ------------------------------------------------------------------------------------------ suspending and ending

    /// @inheritdoc IAgreementRegistry
    function suspendAgreement(AgreementId id, string calldata reason, Authorization calldata authorization) external {
        (GovernmentId body, Agreement storage a) = _body(
            id, abi.encode(AgreementCommands.SUSPEND_AGREEMENT, id, keccak256(bytes(reason))), authorization
        );
        _requireState(id, a, CONCLUDED);
        AgreementTexts.requireNote("reason", reason, true);

        a.state = AgreementState.Suspended;
        a.suspendedAt = uint40(block.timestamp);
        emit AgreementSuspended(id, body, reason);
    }

    /// @inheritdoc IAgreementRegistry
    function resumeAgreement(AgreementId id, Authorization calldata authorization) external {
        (GovernmentId body, Agreement storage a) =
            _body(id, abi.encode(AgreementCommands.RESUME_AGREEMENT, id), authorization);
        if (a.state != AgreementState.Suspended) revert AgreementNotSuspended(id, a.state);

        a.state = AgreementState.Concluded;
        a.suspendedAt = 0;
        emit AgreementResumed(id, body);
    }

    /// @inheritdoc IAgreementRegistry
    function consentToEnd(AgreementId id, string calldata note, Authorization calldata authorization) external {
        (GovernmentId party, Agreement storage a) =
            _party(id, abi.encode(AgreementCommands.CONSENT_TO_END, id, keccak256(bytes(note))), authorization);
        _requireState(id, a, CONCLUDED | SUSPENDED);
        Roll storage r = _rolls[id];
        if (r.consents.get(GovernmentId.unwrap(party))) revert EndAlreadyConsented(id, party);
        AgreementTexts.requireNote("note", note, false);

        r.consents.set(GovernmentId.unwrap(party));
        r.consentCount += 1;
        emit EndConsented(id, party, note);
        _endWhereAllConsent(id, a, party);
    }

    /// @inheritdoc IAgreementRegistry
    function endAgreement(Ending calldata ending, Authorization calldata authorization) external {
        AgreementId id = ending.id;
        EndReason reason = ending.reason;
        bytes memory command = abi.encode(AgreementCommands.END_AGREEMENT, checker.hashEnding(ending));
        GovernmentId actor;
        Agreement storage a;
        if (reason == EndReason.Expired) {
            _authorize(command, authorization);
            (actor,) = register.voiceOf(authorization.signer);
            a = _existing(id);
        } else {
            (actor, a) = _body(id, command, authorization);
        }
        _requireState(id, a, CONCLUDED | SUSPENDED);
        checker.checkEnding(ending);

        _end(a, reason);
        emit AgreementEnded(id, actor, reason, ending.commitment, ending.successor, ending.note);
    }

    // --------------------------------------------------------------------------------------------------- the past

    /// @inheritdoc IAgreementRegistry
    function recordAgreement(AgreementTerms calldata terms, Authorization calldata authorization)
        external
        returns (AgreementId id)
    {
        GovernmentId recorder =
            _coordinator(abi.encode(_recordAgreement, _hashTerms(terms, authorization)), authorization);
        if (terms.effectiveFrom == 0 || terms.effectiveFrom > block.timestamp) {
            revert AgreementNotPast(terms.effectiveFrom, block.timestamp);
        }

        bytes32 digest = checker.checkTerms(terms, terms.effectiveFrom);
        Agreement storage a;
        (id, a) = _create(AgreementState.Concluded, terms);
        _adopt(a, _addVersion(id, recorder, terms, digest));
        a.version = 1;
        a.backfilled = true;
        _requireBody(id, a, recorder);
        emit AgreementBackfilled(id, recorder, digest, terms);
    }

    /// @inheritdoc IAgreementRegistry
    function recordAccession(AgreementId id, GovernmentId[] calldata parties, Authorization calldata authorization)
        external
    {
        GovernmentId recorder = _coordinator(
            abi.encode(AgreementCommands.RECORD_ACCESSION, id, keccak256(abi.encodePacked(parties))), authorization
        );
        Agreement storage a = _requireRecorder(id, recorder);
        _requireState(id, a, CONCLUDED | SUSPENDED);
        if (parties.length == 0) revert AgreementTooFewParties(0, 1);

        _seatAll(id, a, parties);
        emit AccessionBackfilled(id, recorder, parties);
    }

    // ------------------------------------------------------------------------------------------------------- writing

    function _create(AgreementState state, AgreementTerms calldata terms)
        private
        returns (AgreementId id, Agreement storage a)
    {
        _requireBodyRole(terms.coordinatingBody);
        id = AgreementId.wrap(++agreementCount);
        a = _agreements[id];
        a.state = state;
        a.coordinatingBody = terms.coordinatingBody;
        a.effectiveFrom = uint40(terms.effectiveFrom);
        _seatAll(id, a, terms.parties);
    }

    function _addVersion(AgreementId id, GovernmentId proposer, AgreementTerms calldata terms, bytes32 digest)
        private
        returns (Version storage v)
    {
        uint16 number = ++_rolls[id].versionCount;
        v = _versions[id][number];
        v.proposer = proposer;
        v.coordinatingBody = terms.coordinatingBody;
        v.indicatorCount = uint8(terms.indicators.length);
        v.accession = terms.accession;
        v.effectiveFrom = uint40(terms.effectiveFrom);
        v.expiresAt = uint40(terms.expiresAt);
        v.firstAssessmentAt = uint40(terms.firstAssessmentAt);
        v.assessmentEverySeconds = terms.assessmentEverySeconds;
        v.termsDigest = digest;
        for (uint256 i = 0; i < terms.indicators.length; ++i) {
            Indicator calldata n = terms.indicators[i];
            _measures[id][number][i] = Measure(n.target, n.weightBasisPoints, n.direction);
        }
    }

    /// @dev Has a version be what the agreement says. When it begins is not for an amendment to say.
    function _adopt(Agreement storage a, Version storage v) private {
        if (a.state == AgreementState.Proposed) a.effectiveFrom = v.effectiveFrom;
        a.indicatorCount = v.indicatorCount;
        a.coordinatingBody = v.coordinatingBody;
        a.expiresAt = v.expiresAt;
        a.accession = v.accession;
        a.termsDigest = v.termsDigest;
    }

    function _sign(AgreementId id, uint16 version, GovernmentId party) private {
        _rolls[id].signatures[version].set(GovernmentId.unwrap(party));
        _versions[id][version].signatureCount += 1;
    }

    function _concludeWhereAllSigned(AgreementId id, Agreement storage a) private {
        uint16 number = a.pendingVersion;
        Version storage v = _versions[id][number];
        if (
            number == 0 || v.signatureCount != a.partyCount || a.partyCount < PARTIES_MIN || _isPast(a.expiresAt)
                || _isPast(v.expiresAt)
        ) return;

        a.version = number;
        a.pendingVersion = 0;
        if (a.state == AgreementState.Proposed) {
            a.state = AgreementState.Concluded;
            if (a.effectiveFrom == 0) a.effectiveFrom = uint40(block.timestamp);
            emit AgreementConcluded(id, number, a.effectiveFrom, a.expiresAt);
        } else {
            _adopt(a, v);
            emit AgreementAmended(id, number, a.expiresAt);
        }
    }

    function _admit(AgreementId id, Agreement storage a, GovernmentId newcomer, GovernmentId body) private {
        delete _rolls[id].accessions[newcomer];
        _seat(id, a, newcomer);
        _sign(id, a.version, newcomer);
        emit AgreementAcceded(id, newcomer, body);
    }

    function _seatAll(AgreementId id, Agreement storage a, GovernmentId[] calldata parties) private {
        _requireRoom(a.partyCount + parties.length);
        checker.checkNewcomers(a.coordinatingBody, _nextBody(id, a), parties);
        for (uint256 i = 0; i < parties.length; ++i) {
            _seat(id, a, parties[i]);
        }
    }

    function _seat(AgreementId id, Agreement storage a, GovernmentId party) private {
        _requireRoom(uint256(a.partyCount) + 1);
        if (isParty(id, party)) revert AgreementPartyTwice(party);
        _rolls[id].parties.set(GovernmentId.unwrap(party));
        a.partyCount += 1;
    }

    /// @dev Has a party leave its seat to a successor. What it had signed or consented to and is not yet complete, the
    /// successor has, where it `joins`; one that was a party before has its own say.
    function _vacate(
        AgreementId id,
        Agreement storage a,
        GovernmentId predecessor,
        GovernmentId successor,
        bool joins
    ) private {
        Roll storage r = _rolls[id];
        uint16 pending = a.pendingVersion;
        r.parties.unset(GovernmentId.unwrap(predecessor));
        r.succeeded.set(GovernmentId.unwrap(predecessor));
        a.partyCount -= 1;
        if (pending != 0 && hasSigned(id, pending, predecessor)) {
            _versions[id][pending].signatureCount -= 1;
            if (joins) _sign(id, pending, successor);
        }
        if (r.consents.get(GovernmentId.unwrap(predecessor))) {
            if (joins) r.consents.set(GovernmentId.unwrap(successor));
            else r.consentCount -= 1;
        }
    }

    /// @dev Each party's note stands with its consent, so the end has none of its own.
    function _endWhereAllConsent(AgreementId id, Agreement storage a, GovernmentId actor) private {
        uint16 consents = _rolls[id].consentCount;
        if (consents == 0 || consents != a.partyCount) return;
        _end(a, EndReason.MutualConsent);
        emit AgreementEnded(id, actor, EndReason.MutualConsent, CommitmentId.wrap(0), AgreementId.wrap(0), "");
    }

    function _end(Agreement storage a, EndReason reason) private {
        a.state = AgreementState.Ended;
        a.endReason = reason;
        a.endedAt = uint40(block.timestamp);
        a.pendingVersion = 0;
    }
}
