// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";

import {GovernmentCommands} from "./base/GovernmentCommands.sol";
import {IAgreementRegistry} from "./interfaces/IAgreementRegistry.sol";
import {IBreachRegister} from "./interfaces/IBreachRegister.sol";
import {ICommitmentRegistry} from "./interfaces/ICommitmentRegistry.sol";
import {IDisputeRegister} from "./interfaces/IDisputeRegister.sol";
import {IGovernmentRegister} from "./interfaces/IGovernmentRegister.sol";
import {IProcedureRegister} from "./interfaces/IProcedureRegister.sol";
import {DisputeHashing} from "./libraries/DisputeHashing.sol";
import {Authorization} from "./types/Authorization.sol";
import {AgreementId, CommitmentId, DisputeId, GovernmentId} from "./types/Identifiers.sol";

contract DisputeRegister is IDisputeRegister, GovernmentCommands {
    using EnumerableSet for EnumerableSet.UintSet;

    /// @dev What a dispute is about, and who are its sides.
    struct Matter {
        AgreementId agreement;
        GovernmentId debtor;
        /// 0 for all other parties.
        GovernmentId creditor;
    }

    /// @dev One after another, bodies and panels hear a dispute; votes are counted for each hearing anew.
    struct Hearing {
        GovernmentId firstBody;
        uint8 number;
    }

    uint256 private constant LOCATOR_BYTES_MAX = 512;
    uint16 private constant FULFILLED_BASIS_POINTS = 10_000;

    bytes32 private constant OPEN_DISPUTE = keccak256(
        "OpenDispute(uint64 commitment,bytes32 statementDigest,string statementLocator,address signer,uint256 operation,uint64 deadline)"
    );
    bytes32 private constant LODGE_DISPUTE_EVIDENCE = keccak256(
        "LodgeDisputeEvidence(uint64 id,bytes32 digest,string locator,address signer,uint256 operation,uint64 deadline)"
    );
    bytes32 private constant GIVE_RULING = keccak256(
        abi.encodePacked(
            "GiveRuling(uint64 id,Ruling ruling,address signer,uint256 operation,uint64 deadline)",
            DisputeHashing.RULING_TYPE
        )
    );
    bytes32 private constant APPEAL_RULING = keccak256(
        "AppealRuling(uint64 id,bytes32 groundsDigest,string groundsLocator,address signer,uint256 operation,uint64 deadline)"
    );
    bytes32 private constant ESCALATE_DISPUTE =
        keccak256("EscalateDispute(uint64 id,address signer,uint256 operation,uint64 deadline)");
    bytes32 private constant CONCLUDE_DISPUTE =
        keccak256("ConcludeDispute(uint64 id,address signer,uint256 operation,uint64 deadline)");
    bytes32 private constant WITHDRAW_DISPUTE =
        keccak256("WithdrawDispute(uint64 id,address signer,uint256 operation,uint64 deadline)");

    IAgreementRegistry public immutable agreements;
    ICommitmentRegistry public immutable commitments;
    IProcedureRegister public immutable procedures;
    IBreachRegister public immutable breaches;

    mapping(DisputeId id => Dispute) private _disputes;
    mapping(DisputeId id => Matter) private _matters;
    mapping(DisputeId id => Hearing) private _hearings;
    /// @dev The body that hears it, or the members of the panel that does.
    mapping(DisputeId id => GovernmentId[]) private _hearers;
    mapping(CommitmentId commitment => DisputeId) private _openDisputes;
    /// @dev When a side last took a dispute back.
    mapping(CommitmentId commitment => mapping(bool byDebtor => uint40)) private _withdrawnAt;
    /// @dev How many open disputes with this side a body hears: a government or, by the agreement's
    /// number times 2^32, all parties of an agreement.
    mapping(GovernmentId body => mapping(uint256 side => uint256)) private _heard;
    /// @dev The agreements all parties of which are a side of an open dispute that a body hears.
    mapping(GovernmentId body => EnumerableSet.UintSet) private _agreementsHeard;
    /// @dev Voters are accounts of a body or, as numbers, members of a panel.
    mapping(DisputeId id => mapping(uint8 hearing => mapping(uint160 voter => bool))) private _voted;
    mapping(DisputeId id => mapping(uint8 hearing => mapping(bytes32 ruling => uint8))) private _votes;
    /// @inheritdoc IDisputeRegister
    uint64 public disputeCount;

    constructor(
        IGovernmentRegister register_,
        IAgreementRegistry agreements_,
        ICommitmentRegistry commitments_,
        IProcedureRegister procedures_,
        IBreachRegister breaches_
    ) GovernmentCommands(register_) {
        agreements = agreements_;
        commitments = commitments_;
        procedures = procedures_;
        breaches = breaches_;
    }

    /// @inheritdoc IDisputeRegister
    function openDispute(
        CommitmentId commitment,
        bytes32 statementDigest,
        string calldata statementLocator,
        Authorization calldata authorization
    ) external returns (DisputeId id) {
        GovernmentId opener = _actor(
            abi.encode(OPEN_DISPUTE, commitment, statementDigest, keccak256(bytes(statementLocator))),
            authorization,
            IGovernmentRegister.Role.Government
        );
        ICommitmentRegistry.Commitment memory c = commitments.commitment(commitment);
        if (c.state == ICommitmentRegistry.CommitmentState.None) {
            revert ICommitmentRegistry.CommitmentUnknown(commitment);
        }
        Matter memory m = _matterOf(c);
        _requireOpenable(commitment, c, opener, _sideOf(commitment, m, opener));
        _requireStatement(statementDigest, statementLocator);

        id = DisputeId.wrap(++disputeCount);
        Dispute storage d = _open(id, commitment, m, opener);
        emit DisputeOpened(
            id,
            commitment,
            opener,
            d.body,
            d.evidenceUntil,
            d.ruleBy,
            d.procedureVersion,
            statementDigest,
            statementLocator
        );
        _emitPanel(id, d.body);
    }

    /// @inheritdoc IDisputeRegister
    function lodgeDisputeEvidence(
        DisputeId id,
        bytes32 digest,
        string calldata locator,
        Authorization calldata authorization
    ) external {
        GovernmentId side = _actor(
            abi.encode(LODGE_DISPUTE_EVIDENCE, id, digest, keccak256(bytes(locator))),
            authorization,
            IGovernmentRegister.Role.Government
        );
        Dispute storage d = _known(id);
        _sideOf(d.commitment, _matters[id], side);
        _requireHeard(id, d);
        if (block.timestamp > d.evidenceUntil) {
            revert DisputeWindowClosed(d.commitment, d.evidenceUntil, block.timestamp);
        }
        _requireStatement(digest, locator);

        emit DisputeEvidenceLodged(id, side, digest, locator);
    }

    /// @inheritdoc IDisputeRegister
    function giveRuling(DisputeId id, Ruling calldata ruling, Authorization calldata authorization) external {
        bytes32 digest = DisputeHashing.hash(ruling);
        GovernmentId caller = _actor(
            abi.encode(GIVE_RULING, id, digest), authorization, IGovernmentRegister.Role.CoordinatingBody
        );
        Dispute storage d = _known(id);
        if (!_among(_hearers[id], caller) || _concerned(_matters[id], caller)) revert DisputeNotHearing(id, caller);
        _requireHeard(id, d);
        if (block.timestamp <= d.evidenceUntil) revert DisputeTooEarly(id, d.evidenceUntil + 1, block.timestamp);
        _requireRuling(ruling);

        bool byPanel = d.body.isNone();
        uint8 needed =
            byPanel ? uint8(_hearers[id].length / 2 + 1) : _policy(d.procedureVersion).rulingSigners;
        uint8 given = _vote(id, digest, byPanel, caller, authorization.signer);
        emit RulingGiven(id, caller, authorization.signer, ruling, given, needed);
        if (given >= needed) _rule(id, d, ruling, caller, byPanel);
    }

    /// @inheritdoc IDisputeRegister
    function appealRuling(
        DisputeId id,
        bytes32 groundsDigest,
        string calldata groundsLocator,
        Authorization calldata authorization
    ) external {
        GovernmentId appellant = _actor(
            abi.encode(APPEAL_RULING, id, groundsDigest, keccak256(bytes(groundsLocator))),
            authorization,
            IGovernmentRegister.Role.Government
        );
        Dispute storage d = _known(id);
        _sideOf(d.commitment, _matters[id], appellant);
        if (d.state != DisputeState.Ruled) revert DisputeStateInvalid(id, d.state);
        if (block.timestamp > d.appealBy) revert DisputeWindowClosed(d.commitment, d.appealBy, block.timestamp);
        _requireStatement(groundsDigest, groundsLocator);

        _goUp(id, d);
        emit DisputeAppealed(id, appellant, d.body, d.evidenceUntil, d.ruleBy, groundsDigest, groundsLocator);
        _emitPanel(id, d.body);
    }

    /// @inheritdoc IDisputeRegister
    function escalateDispute(DisputeId id, Authorization calldata authorization) external {
        _authorize(abi.encode(ESCALATE_DISPUTE, id), authorization);
        Dispute storage d = _known(id);
        _requireHeard(id, d);
        if (block.timestamp <= d.ruleBy) revert DisputeTooEarly(id, d.ruleBy + 1, block.timestamp);

        if (d.outcome != ICommitmentRegistry.Outcome.None) {
            // The appeal was not heard in time, so what the first body ruled stands.
            _conclude(id, d);
            return;
        }
        GovernmentId from = d.body;
        if (d.state == DisputeState.Open) {
            _goUp(id, d);
        } else {
            _leave(id);
            _bring(id, d, _matters[id], GovernmentId.wrap(0));
        }
        emit DisputeEscalated(id, from, d.body, d.evidenceUntil, d.ruleBy);
        _emitPanel(id, d.body);
    }

    /// @inheritdoc IDisputeRegister
    function concludeDispute(DisputeId id, Authorization calldata authorization) external {
        _authorize(abi.encode(CONCLUDE_DISPUTE, id), authorization);
        Dispute storage d = _known(id);
        if (d.state != DisputeState.Ruled) revert DisputeStateInvalid(id, d.state);
        if (block.timestamp <= d.appealBy) revert DisputeTooEarly(id, d.appealBy + 1, block.timestamp);

        _conclude(id, d);
    }

    /// @inheritdoc IDisputeRegister
    function withdrawDispute(DisputeId id, Authorization calldata authorization) external {
        GovernmentId caller =
            _actor(abi.encode(WITHDRAW_DISPUTE, id), authorization, IGovernmentRegister.Role.Government);
        Dispute storage d = _known(id);
        GovernmentId opener = d.opener;
        if (!_standsFor(caller, opener)) revert DisputeNotOpener(id, caller, opener);
        if (d.state != DisputeState.Open) revert DisputeStateInvalid(id, d.state);

        CommitmentId commitment = d.commitment;
        d.state = DisputeState.Withdrawn;
        _openDisputes[commitment] = DisputeId.wrap(0);
        _withdrawnAt[commitment][_standsFor(opener, _matters[id].debtor)] = uint40(block.timestamp);
        _count(id, false);
        commitments.setDisputed(commitment, false);
        emit DisputeWithdrawn(id, commitment, opener);
    }

    /// @inheritdoc IDisputeRegister
    function dispute(DisputeId id) external view returns (Dispute memory) {
        return _disputes[id];
    }

    /// @inheritdoc IDisputeRegister
    function panel(DisputeId id) external view returns (GovernmentId[] memory members) {
        if (_disputes[id].body.isNone()) members = _hearers[id];
    }

    /// @inheritdoc IDisputeRegister
    function openDisputeAbout(CommitmentId commitment) external view returns (DisputeId) {
        return _openDisputes[commitment];
    }

    /// @inheritdoc IDisputeRegister
    function isBefore(GovernmentId body, GovernmentId government) external view returns (bool) {
        if (_heard[body][GovernmentId.unwrap(government)] != 0) return true;
        EnumerableSet.UintSet storage ofAll = _agreementsHeard[body];
        for (uint256 i = 0; i < ofAll.length(); ++i) {
            if (agreements.isParty(AgreementId.wrap(uint32(ofAll.at(i))), government)) return true;
        }
        return false;
    }

    /// @inheritdoc IDisputeRegister
    function competentBody(AgreementId agreement) external view returns (GovernmentId) {
        return _competentBody(Matter(agreement, GovernmentId.wrap(0), GovernmentId.wrap(0)));
    }

    /// @inheritdoc IDisputeRegister
    function competentBodyFor(CommitmentId commitment) external view returns (GovernmentId) {
        return _competentBody(_matterOf(commitments.commitment(commitment)));
    }

    // ------------------------------------------------------------------------------------------------- hearing

    function _open(DisputeId id, CommitmentId commitment, Matter memory m, GovernmentId opener)
        private
        returns (Dispute storage d)
    {
        uint16 procedureVersion = procedures.currentVersion();
        d = _disputes[id];
        d.commitment = commitment;
        d.opener = opener;
        d.state = DisputeState.Open;
        d.procedureVersion = procedureVersion;
        d.openedAt = uint40(block.timestamp);
        _matters[id] = m;
        _openDisputes[commitment] = id;
        GovernmentId body = _competentBody(m);
        _hearings[id].firstBody = body;
        _bring(id, d, m, body);
        commitments.setDisputed(commitment, true);
    }

    /// @dev Brings a dispute before the body above the first one or, where there is none, before a panel.
    function _goUp(DisputeId id, Dispute storage d) private {
        Matter memory m = _matters[id];
        GovernmentId first = _hearings[id].firstBody;
        _leave(id);
        d.state = DisputeState.Appealed;
        _bring(id, d, m, first.isNone() ? first : _unconcernedAbove(m, first));
    }

    /// @dev Brings a dispute before a body or, where it is none, before a panel that is drawn now.
    function _bring(DisputeId id, Dispute storage d, Matter memory m, GovernmentId body) private {
        IProcedureRegister.ProcedurePolicy memory policy = _policy(d.procedureVersion);
        d.body = body;
        d.evidenceUntil = uint40(block.timestamp) + policy.evidenceSeconds;
        d.ruleBy = d.evidenceUntil + policy.rulingSeconds;
        _hearings[id].number += 1;
        if (body.isNone()) _draw(id, d, m, policy.panelSize);
        else _hearers[id].push(body);
        _count(id, true);
    }

    function _draw(DisputeId id, Dispute storage d, Matter memory m, uint256 panelSize) private {
        GovernmentId[] memory bodies = register.coordinatingBodies();
        GovernmentId first = _hearings[id].firstBody;
        uint256 candidates = 0;
        for (uint256 i = 0; i < bodies.length; ++i) {
            GovernmentId body = bodies[i];
            if (body == first || !_canHear(m, body)) continue;
            bodies[candidates++] = body;
        }
        if (candidates == 0) revert DisputeNoBodyAvailable(m.agreement);
        d.draws += 1;
        uint256 seed = uint256(keccak256(abi.encode(id, d.draws, blockhash(block.number - 1))));
        uint256 size = panelSize < candidates ? panelSize : candidates;
        for (uint256 i = 0; i < size; ++i) {
            _hearers[id].push(bodies[(seed % candidates + i) % candidates]);
        }
    }

    /// @dev Takes a dispute from the body or panel that hears it.
    function _leave(DisputeId id) private {
        _count(id, false);
        delete _hearers[id];
    }

    /// @dev Counts a dispute with those that hear it, or no longer do.
    function _count(DisputeId id, bool heard) private {
        Matter memory m = _matters[id];
        GovernmentId[] storage hearers = _hearers[id];
        for (uint256 i = 0; i < hearers.length; ++i) {
            GovernmentId body = hearers[i];
            _countSide(body, GovernmentId.unwrap(m.debtor), heard);
            if (!m.creditor.isNone()) {
                _countSide(body, GovernmentId.unwrap(m.creditor), heard);
            } else {
                uint256 agreement = AgreementId.unwrap(m.agreement);
                // Numbers of governments are shorter than that.
                if (_countSide(body, agreement << 32, heard) == 0) _agreementsHeard[body].remove(agreement);
                else _agreementsHeard[body].add(agreement);
            }
        }
    }

    function _countSide(GovernmentId body, uint256 side, bool heard) private returns (uint256 count) {
        count = _heard[body][side];
        count = heard ? count + 1 : count - 1;
        _heard[body][side] = count;
    }

    function _among(GovernmentId[] storage governments, GovernmentId government) private view returns (bool) {
        for (uint256 i = 0; i < governments.length; ++i) {
            if (governments[i] == government) return true;
        }
        return false;
    }

    // -------------------------------------------------------------------------------------------------- ruling

    /// @return given How many have given this same ruling in this hearing.
    function _vote(DisputeId id, bytes32 digest, bool byPanel, GovernmentId body, address signer)
        private
        returns (uint8 given)
    {
        uint8 number = _hearings[id].number;
        uint160 voter = byPanel ? GovernmentId.unwrap(body) : uint160(signer);
        if (_voted[id][number][voter]) {
            if (byPanel) revert RulingAlreadyGivenByMember(id, body);
            revert RulingAlreadyGiven(id, signer);
        }
        _voted[id][number][voter] = true;
        given = _votes[id][number][digest] + 1;
        _votes[id][number][digest] = given;
    }

    function _rule(DisputeId id, Dispute storage d, Ruling calldata ruling, GovernmentId body, bool byPanel) private {
        d.outcome = ruling.outcome;
        d.outcomeBasisPoints = ruling.outcomeBasisPoints;
        d.ground = ruling.ground;
        d.ruledBy = body;
        // Above a panel there is nobody, and an appeal is heard once.
        if (byPanel || d.state == DisputeState.Appealed) {
            emit DisputeRuled(id, d.commitment, body, ruling, 0);
            _conclude(id, d);
        } else {
            d.state = DisputeState.Ruled;
            d.appealBy = uint40(block.timestamp) + _policy(d.procedureVersion).appealSeconds;
            emit DisputeRuled(id, d.commitment, body, ruling, d.appealBy);
        }
    }

    function _conclude(DisputeId id, Dispute storage d) private {
        CommitmentId commitment = d.commitment;
        GovernmentId body = d.ruledBy;
        ICommitmentRegistry.Outcome outcome = d.outcome;
        d.state = DisputeState.Final;
        _openDisputes[commitment] = DisputeId.wrap(0);
        // Who heard it stays on record.
        _count(id, false);
        emit DisputeConcluded(id, commitment, body, outcome, d.outcomeBasisPoints, d.ground);
        commitments.recordRuling(commitment, body, outcome, d.outcomeBasisPoints, d.ground);
        breaches.applyRuling(
            commitment, body, outcome == ICommitmentRegistry.Outcome.Broken, d.openedAt, d.procedureVersion
        );
    }

    function _emitPanel(DisputeId id, GovernmentId body) private {
        if (body.isNone()) emit PanelDrawn(id, _hearers[id]);
    }

    // -------------------------------------------------------------------------------------------------- checks

    function _requireOpenable(
        CommitmentId id,
        ICommitmentRegistry.Commitment memory c,
        GovernmentId opener,
        bool byDebtor
    ) private view {
        ICommitmentRegistry.Progress memory p = commitments.progress(id);
        if (p.ruled) revert DisputeAlreadyRuled(id);
        if (c.state == ICommitmentRegistry.CommitmentState.Settled) {
            _requireOutcomeOpenable(id, c, p, opener, byDebtor);
            return;
        }
        // When what it objects to came about: the newest contested evidence, or the report.
        uint256 since = c.state == ICommitmentRegistry.CommitmentState.Contested ? p.evidencedAt : 0;
        if (byDebtor) {
            IBreachRegister.Breach memory b = _breach(id);
            bool running =
                b.state == IBreachRegister.BreachState.Reported || b.state == IBreachRegister.BreachState.Rectifying;
            if (running && b.reportedAt > since) since = b.reportedAt;
        }
        if (
            (c.state != ICommitmentRegistry.CommitmentState.Active
                    && c.state != ICommitmentRegistry.CommitmentState.Contested)
                || since <= _withdrawnAt[id][byDebtor]
        ) revert DisputeNotOpenable(id, uint8(c.state));
    }

    /// @dev Whether an outcome can be disputed by this side, and still.
    function _requireOutcomeOpenable(
        CommitmentId id,
        ICommitmentRegistry.Commitment memory c,
        ICommitmentRegistry.Progress memory p,
        GovernmentId opener,
        bool byDebtor
    ) private view {
        uint64 until;
        if (p.basis == ICommitmentRegistry.OutcomeBasis.Confirmation) {
            // All other parties have not confirmed it themselves; the coordinating body did.
            if (!byDebtor && !c.creditor.isNone()) revert DisputeOfOwnAct(id, opener);
            if (!byDebtor || c.outcomeBasisPoints == FULFILLED_BASIS_POINTS) {
                revert DisputeNotOpenable(id, uint8(c.state));
            }
            (, uint32 objectionSeconds) = procedures.periods(p.procedureVersion);
            until = p.settledAt + objectionSeconds;
        } else if (p.basis == ICommitmentRegistry.OutcomeBasis.Breach) {
            if (!byDebtor) revert DisputeNotOpenable(id, uint8(c.state));
            until = _breach(id).objectBy;
        } else if (
            c.backfilled
                && (p.basis == ICommitmentRegistry.OutcomeBasis.Backfill
                    || p.basis == ICommitmentRegistry.OutcomeBasis.None)
        ) {
            // What was entered without either side can be disputed at any time.
            return;
        } else {
            revert DisputeNotOpenable(id, uint8(c.state));
        }
        if (block.timestamp > until) revert DisputeWindowClosed(id, until, block.timestamp);
    }

    /// @dev Which side a government is on; reverts where it is on none.
    function _sideOf(CommitmentId commitment, Matter memory m, GovernmentId government)
        private
        view
        returns (bool isDebtor)
    {
        if (_standsFor(government, m.debtor)) return true;
        bool isOther = m.creditor.isNone()
            ? _isParty(m.agreement, _lineage(government))
            : _standsFor(government, m.creditor);
        if (!isOther) revert DisputeNotSide(commitment, government);
    }

    function _standsFor(GovernmentId caller, GovernmentId government) private view returns (bool) {
        return caller == government || register.standsFor(caller, government);
    }

    function _isParty(AgreementId agreement, GovernmentId[] memory lineage) private view returns (bool) {
        for (uint256 i = 0; i < lineage.length; ++i) {
            if (agreements.isParty(agreement, lineage[i])) return true;
        }
        return false;
    }

    /// @dev The agreement's body or, where it is concerned or out of office, the nearest above that is neither; 0 where
    /// none is.
    function _competentBody(Matter memory m) private view returns (GovernmentId body) {
        body = agreements.coordinatingBody(m.agreement);
        if (body.isNone() || _canHear(m, body)) return body;
        return _unconcernedAbove(m, body);
    }

    function _unconcernedAbove(Matter memory m, GovernmentId body) private view returns (GovernmentId) {
        do {
            body = register.higherBody(body);
        } while (!body.isNone() && !_canHear(m, body));
        return body;
    }

    function _canHear(Matter memory m, GovernmentId body) private view returns (bool) {
        return register.hasRole(body, IGovernmentRegister.Role.CoordinatingBody) && !_concerned(m, body);
    }

    /// @dev Whether a body, or the one that it is under, is a party or stands in the place of one.
    function _concerned(Matter memory m, GovernmentId body) private view returns (bool) {
        if (_takesPart(m, body)) return true;
        GovernmentId superior = register.government(body).superior;
        return !superior.isNone() && _takesPart(m, superior);
    }

    function _takesPart(Matter memory m, GovernmentId government) private view returns (bool) {
        GovernmentId[] memory lineage = _lineage(government);
        for (uint256 i = 0; i < lineage.length; ++i) {
            // A predecessor that others have followed is no party any more; what it owed it is concerned with still.
            if (lineage[i] == m.debtor || lineage[i] == m.creditor) return true;
        }
        return _isParty(m.agreement, lineage);
    }

    function _matterOf(ICommitmentRegistry.Commitment memory c) private pure returns (Matter memory) {
        return Matter(c.agreement, c.debtor, c.creditor);
    }

    function _lineage(GovernmentId government) private view returns (GovernmentId[] memory) {
        return register.lineage(government);
    }

    function _policy(uint16 procedureVersion) private view returns (IProcedureRegister.ProcedurePolicy memory) {
        return procedures.policyOf(procedureVersion);
    }

    function _breach(CommitmentId id) private view returns (IBreachRegister.Breach memory) {
        return breaches.breach(id);
    }

    function _known(DisputeId id) private view returns (Dispute storage d) {
        d = _disputes[id];
        if (d.state == DisputeState.None) revert DisputeUnknown(id);
    }

    function _requireHeard(DisputeId id, Dispute storage d) private view {
        if (d.state != DisputeState.Open && d.state != DisputeState.Appealed) revert DisputeStateInvalid(id, d.state);
    }

    function _requireStatement(bytes32 digest, string calldata locator) private pure {
        if (digest == 0) revert DisputeDigestEmpty();
        uint256 length = bytes(locator).length;
        if (length > LOCATOR_BYTES_MAX) revert DisputeLocatorTooLong(length, LOCATOR_BYTES_MAX);
    }

    function _requireRuling(Ruling calldata ruling) private pure {
        ICommitmentRegistry.Outcome outcome = ruling.outcome;
        uint16 basisPoints = ruling.outcomeBasisPoints;
        if (outcome == ICommitmentRegistry.Outcome.None) revert RulingInvalid("outcome", uint256(outcome));
        bool graded;
        if (outcome == ICommitmentRegistry.Outcome.Fulfilled) graded = basisPoints == FULFILLED_BASIS_POINTS;
        else if (outcome == ICommitmentRegistry.Outcome.Partly) {
            graded = basisPoints != 0 && basisPoints < FULFILLED_BASIS_POINTS;
        } else {
            graded = basisPoints == 0;
        }
        if (!graded) revert RulingInvalid("outcomeBasisPoints", basisPoints);
        // Only its creditor releases a debtor.
        bool grounded = outcome == ICommitmentRegistry.Outcome.Excused
            ? ruling.ground == ICommitmentRegistry.ExcuseGround.ForceMajeure
                || ruling.ground == ICommitmentRegistry.ExcuseGround.ChangeOfLaw
            : ruling.ground == ICommitmentRegistry.ExcuseGround.None;
        if (!grounded) revert RulingInvalid("ground", uint256(ruling.ground));
        _requireStatement(ruling.reasonsDigest, ruling.reasonsLocator);
    }
}
