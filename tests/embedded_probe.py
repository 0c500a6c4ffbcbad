"""
A contract for the tests of the embedded chain: it stores, logs, reverts in every way, digs deep and looks around.

Compiled from `SOURCE` by solc 0.8.30 for evmVersion london with the optimizer at 200 runs. The ledger's own contracts
are not used here, so that the chain's tests stand by themselves.
"""

from __future__ import annotations

from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3

SOURCE = """
// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

contract Child {
    uint256 public immutable born;

    constructor(uint256 count) {
        born = count;
    }
}

contract Probe {
    error ValueTooHigh(address caller, uint256 value, uint256 limit);
    event Stored(uint256 indexed slot, uint256 value, bytes note);
    event Noted(bytes32 indexed first, bytes32 indexed second, bytes32 indexed third);

    mapping(uint256 slot => uint256 value) public stored;
    uint256 public count;

    function store(uint256 slot, uint256 value) external {
        if (value > 1000) revert ValueTooHigh(msg.sender, value, 1000);
        stored[slot] = value;
        ++count;
        emit Stored(slot, value, msg.data);
    }

    function storeMany(uint256 first, uint256 howMany) external {
        for (uint256 i; i < howMany; ++i) {
            stored[first + i] = keccak256(abi.encode(first, i)) == 0 ? 0 : first + i + 1;
            emit Stored(first + i, first + i + 1, abi.encodePacked(first, i));
        }
        count += howMany;
    }

    function clear(uint256 first, uint256 howMany) external {
        for (uint256 i; i < howMany; ++i) delete stored[first + i];
    }

    function note(bytes32 first, bytes32 second, bytes32 third) external {
        emit Noted(first, second, third);
    }

    function refuse() external pure {
        revert("not today");
    }

    function fail() external pure {
        assert(false);
    }

    function spin() external pure {
        while (true) {}
    }

    function dig(uint256 depth) external returns (uint256) {
        if (depth == 0) return 0;
        try this.dig(depth - 1) returns (uint256 below) {
            return below + 1;
        } catch {
            return 0;
        }
    }

    function context() external view returns (uint256, uint256, uint256, uint256, bytes32, address) {
        return (block.number, block.timestamp, block.basefee, block.chainid, blockhash(block.number - 1), msg.sender);
    }

    function arithmetic(int256 a, int256 b) external pure returns (bytes32) {
        unchecked {
            bytes memory some = abi.encode(a + b, a - b, a * b, b == 0 ? int256(0) : a / b, b == 0 ? int256(0) : a % b);
            return keccak256(bytes.concat(some, abi.encode(a < b, a > b, a == b, int256(int8(a)), int256(int16(b)))));
        }
    }

    function bits(uint256 a, uint256 b) external pure returns (bytes32) {
        unchecked {
            bytes memory some = abi.encode(a & b, a | b, a ^ b, ~a, a << (b % 300), a >> (b % 300));
            bytes memory more = abi.encode(int256(a) >> (b % 300), addmod(a, b, 1_000_003), mulmod(a, b, 1_000_003));
            return keccak256(bytes.concat(some, more, abi.encode(a ** (b % 7), a < b, a > b, bytes1(bytes32(a)))));
        }
    }

    function make() external returns (address) {
        return address(new Child(count));
    }

    receive() external payable {}
}
"""

BYTECODE = bytes.fromhex(
    "6080604052348015600f57600080fd5b50610b9b8061001f6000396000f3fe6080604052600436106100e15760003560e01c8063a9cc4718"
    "1161007f578063c463dc0811610059578063c463dc081461022f578063c6dad0821461024f578063d0496d6a1461027c578063f0acd7d514"
    "6102c757600080fd5b8063a9cc4718146101da578063bccb5f77146101ef578063c3eef00e1461020f57600080fd5b806341ee903e116100"
    "bb57806341ee903e1461015657806362c69b80146101785780636ed28ed01461018d5780638c396222146101ad57600080fd5b806306661a"
    "bd146100ed5780633430338214610116578063405170831461013657600080fd5b366100e857005b600080fd5b3480156100f957600080fd"
    "5b5061010360015481565b6040519081526020015b60405180910390f35b34801561012257600080fd5b5061010361013136600461086056"
    "5b6102dc565b34801561014257600080fd5b50610103610151366004610882565b610402565b34801561016257600080fd5b506101766101"
    "71366004610860565b61049c565b005b34801561018457600080fd5b506101766104d4565b34801561019957600080fd5b506101766101a8"
    "366004610860565b61050d565b3480156101b957600080fd5b506101036101c8366004610882565b60006020819052908152604090205481"
    "565b3480156101e657600080fd5b506101766105a9565b3480156101fb57600080fd5b5061010361020a366004610860565b6105b3565b34"
    "801561021b57600080fd5b5061017661022a366004610860565b6106a4565b34801561023b57600080fd5b5061017661024a36600461089b"
    "565b6107b6565b34801561025b57600080fd5b506102646107ea565b6040516001600160a01b03909116815260200161010d565b34801561"
    "028857600080fd5b50610291610823565b60408051968752602087019590955293850192909252606084015260808301526001600160a01b"
    "031660a082015260c00161010d565b3480156102d357600080fd5b5061017661084e565b6040805182841660208201528284179181019190"
    "915281831860608201528219608082015261012c820683811b60a083015283901c60c0820152600090819060e00160405160208183030381"
    "52906040529050600061012c8481610342576103426108c7565b0685901d620f4243858708620f4243868809604080516020810194909452"
    "83019190915260608201526080016040516020818303038152906040529050818160078681610391576103916108c7565b60408051929091"
    "06890a60208301528789109082015286881160608201526001600160f81b03198816608082015260a00160408051601f1981840301815290"
    "8290526103e1939291602001610901565b60405160208183030381529060405280519060200120925050505b92915050565b600081600003"
    "61041457506000919050565b30634051708361042560018561095a565b6040518263ffffffff1660e01b8152600401610443918152602001"
    "90565b6020604051808303816000875af192505050801561047e575060408051601f3d908101601f1916820190925261047b918101906109"
    "6d565b60015b61048a57506000919050565b610495816001610986565b9392505050565b60005b818110156104cf576000806104b4838661"
    "0986565b8152602081019190915260400160009081205560010161049f565b505050565b60405162461bcd60e51b81526020600482015260"
    "096024820152686e6f7420746f64617960b81b60448201526064015b60405180910390fd5b6103e881111561054157604051630115b88f60"
    "e31b8152336004820152602481018290526103e86044820152606401610504565b6000828152602081905260408120829055600180549091"
    "9061056290610999565b9091555060405182907f63cbc606770a6e55ca358e759d59971f24786cdb8a8e3d228d1e32647ff7a8f19061059d"
    "90849060009036906109b2565b60405180910390a25050565b6105b16109e8565b565b60008083830183850385850285156105da57858781"
    "6105d4576105d46108c7565b056105dd565b60005b86156105f8578688816105f2576105f26108c7565b076105fb565b60005b6040805160"
    "208101969096528501939093526060840191909152608083015260a082015260c00160408051601f19818403018152828252858712602084"
    "0152858713918301919091528585146060830152600086900b6080830152600185900b60a08301529150819060c00160408051601f198184"
    "030181529082905261068592916020016109fe565b6040516020818303038152906040528051906020012091505092915050565b60005b81"
    "81101561079a57604080516020810185905290810182905260600160408051601f198184030181529190528051602090910120156106fa57"
    "6106ea8184610986565b6106f5906001610986565b6106fd565b60005b60008061070a8487610986565b8152602081019190915260400160"
    "0020556107258184610986565b7f63cbc606770a6e55ca358e759d59971f24786cdb8a8e3d228d1e32647ff7a8f16107508386610986565b"
    "61075b906001610986565b604080516020810188905290810185905260600160408051601f198184030181529082905261078a9291610a2d"
    "565b60405180910390a26001016106a7565b5080600160008282546107ad9190610986565b90915550505050565b8082847f9d36adbb90aa"
    "e0cf372fc6253ec1607d5121fb1b501e7154c342d283c73d746560405160405180910390a4505050565b60006001546040516107fb906108"
    "54565b908152602001604051809103906000f08015801561081d573d6000803e3d6000fd5b50905090565b60008080808080434248466108"
    "3960018561095a565b939a9299509097509550904093503392509050565b5b61084f565b60fe80610a6883390190565b6000806040838503"
    "121561087357600080fd5b50508035926020909101359150565b60006020828403121561089457600080fd5b5035919050565b6000806000"
    "606084860312156108b057600080fd5b505081359360208301359350604090920135919050565b634e487b7160e01b600052601260045260"
    "246000fd5b60005b838110156108f85781810151838201526020016108e0565b50506000910152565b600084516109138184602089016108"
    "dd565b8451908301906109278183602089016108dd565b845191019061093a8183602088016108dd565b0195945050505050565b634e487b"
    "7160e01b600052601160045260246000fd5b818103818111156103fc576103fc610944565b60006020828403121561097f57600080fd5b50"
    "51919050565b808201808211156103fc576103fc610944565b6000600182016109ab576109ab610944565b5060010190565b838152604060"
    "20820152816040820152818360608301376000818301606090810191909152601f909201601f1916010192915050565b634e487b7160e01b"
    "600052600160045260246000fd5b60008351610a108184602088016108dd565b835190830190610a248183602088016108dd565b01949350"
    "505050565b8281526040602082015260008251806040840152610a528160608501602087016108dd565b601f01601f191691909101606001"
    "939250505056fe60a0604052348015600f57600080fd5b506040516100fe3803806100fe833981016040819052602c916033565b60805260"
    "4b565b600060208284031215604457600080fd5b5051919050565b608051609b610063600039600060310152609b6000f3fe608060405234"
    "8015600f57600080fd5b506004361060285760003560e01c806310c1942114602d575b600080fd5b60537f00000000000000000000000000"
    "0000000000000000000000000000000000000081565b60405190815260200160405180910390f3fea264697066735822122092a7889717d0"
    "6ed811211f78c43107e07e27bf42b11aba95306cc46721dfbb3b64736f6c634300081e0033a2646970667358221220501d07be0e86554dae"
    "f854ff2ca75a0a5ce3e2ad7fe36a7a983667bd371c4b0164736f6c634300081e0033"
)

ABI: list[dict[str, Any]] = [
    {
        "inputs": [
            {"internalType": "address", "name": "caller", "type": "address"},
            {"internalType": "uint256", "name": "value", "type": "uint256"},
            {"internalType": "uint256", "name": "limit", "type": "uint256"},
        ],
        "name": "ValueTooHigh",
        "type": "error",
    },
    {
        "anonymous": False,
        "inputs": [
            {"indexed": True, "internalType": "bytes32", "name": "first", "type": "bytes32"},
            {"indexed": True, "internalType": "bytes32", "name": "second", "type": "bytes32"},
            {"indexed": True, "internalType": "bytes32", "name": "third", "type": "bytes32"},
        ],
        "name": "Noted",
        "type": "event",
    },
    {
        "anonymous": False,
        "inputs": [
            {"indexed": True, "internalType": "uint256", "name": "slot", "type": "uint256"},
            {"indexed": False, "internalType": "uint256", "name": "value", "type": "uint256"},
            {"indexed": False, "internalType": "bytes", "name": "note", "type": "bytes"},
        ],
        "name": "Stored",
        "type": "event",
    },
    {
        "inputs": [
            {"internalType": "int256", "name": "a", "type": "int256"},
            {"internalType": "int256", "name": "b", "type": "int256"},
        ],
        "name": "arithmetic",
        "outputs": [{"internalType": "bytes32", "name": "", "type": "bytes32"}],
        "stateMutability": "pure",
        "type": "function",
    },
    {
        "inputs": [
            {"internalType": "uint256", "name": "a", "type": "uint256"},
            {"internalType": "uint256", "name": "b", "type": "uint256"},
        ],
        "name": "bits",
        "outputs": [{"internalType": "bytes32", "name": "", "type": "bytes32"}],
        "stateMutability": "pure",
        "type": "function",
    },
    {
        "inputs": [
            {"internalType": "uint256", "name": "first", "type": "uint256"},
            {"internalType": "uint256", "name": "howMany", "type": "uint256"},
        ],
        "name": "clear",
        "outputs": [],
        "stateMutability": "nonpayable",
        "type": "function",
    },
    {
        "inputs": [],
        "name": "context",
        "outputs": [
            {"internalType": "uint256", "name": "", "type": "uint256"},
            {"internalType": "uint256", "name": "", "type": "uint256"},
            {"internalType": "uint256", "name": "", "type": "uint256"},
            {"internalType": "uint256", "name": "", "type": "uint256"},
            {"internalType": "bytes32", "name": "", "type": "bytes32"},
            {"internalType": "address", "name": "", "type": "address"},
        ],
        "stateMutability": "view",
        "type": "function",
    },
    {
        "inputs": [],
        "name": "count",
        "outputs": [{"internalType": "uint256", "name": "", "type": "uint256"}],
        "stateMutability": "view",
        "type": "function",
    },
    {
        "inputs": [{"internalType": "uint256", "name": "depth", "type": "uint256"}],
        "name": "dig",
        "outputs": [{"internalType": "uint256", "name": "", "type": "uint256"}],
        "stateMutability": "nonpayable",
        "type": "function",
    },
    {"inputs": [], "name": "fail", "outputs": [], "stateMutability": "pure", "type": "function"},
    {
        "inputs": [],
        "name": "make",
        "outputs": [{"internalType": "address", "name": "", "type": "address"}],
        "stateMutability": "nonpayable",
        "type": "function",
    },
    {
        "inputs": [
            {"internalType": "bytes32", "name": "first", "type": "bytes32"},
            {"internalType": "bytes32", "name": "second", "type": "bytes32"},
            {"internalType": "bytes32", "name": "third", "type": "bytes32"},
        ],
        "name": "note",
        "outputs": [],
        "stateMutability": "nonpayable",
        "type": "function",
    },
    {"inputs": [], "name": "refuse", "outputs": [], "stateMutability": "pure", "type": "function"},
    {"inputs": [], "name": "spin", "outputs": [], "stateMutability": "pure", "type": "function"},
    {
        "inputs": [
            {"internalType": "uint256", "name": "slot", "type": "uint256"},
            {"internalType": "uint256", "name": "value", "type": "uint256"},
        ],
        "name": "store",
        "outputs": [],
        "stateMutability": "nonpayable",
        "type": "function",
    },
    {
        "inputs": [
            {"internalType": "uint256", "name": "first", "type": "uint256"},
            {"internalType": "uint256", "name": "howMany", "type": "uint256"},
        ],
        "name": "storeMany",
        "outputs": [],
        "stateMutability": "nonpayable",
        "type": "function",
    },
    {
        "inputs": [{"internalType": "uint256", "name": "slot", "type": "uint256"}],
        "name": "stored",
        "outputs": [{"internalType": "uint256", "name": "value", "type": "uint256"}],
        "stateMutability": "view",
        "type": "function",
    },
    {"stateMutability": "payable", "type": "receive"},
]


_CONTRACT = Web3().eth.contract(abi=ABI)


def calldata(function: str, *arguments: object) -> bytes:
    """What is sent to the contract to call a function."""
    return bytes.fromhex(_CONTRACT.encode_abi(function, list(arguments))[2:])


class Sender:
    """An account that signs transactions for one chain and counts its nonces."""

    def __init__(self, chain_id: int, key: int = 1) -> None:
        self.chain_id = chain_id
        self.account: LocalAccount = Account.from_key(key.to_bytes(32, "big"))
        self.address = bytes.fromhex(self.account.address[2:])
        self.nonce = 0

    def sign(self, to: bytes | None, data: bytes = b"", **fields: Any) -> bytes:
        """A signed transaction; it takes the next nonce unless one is given."""
        if "nonce" not in fields:
            fields["nonce"] = self.nonce
            self.nonce += 1
        transaction = {
            "chainId": self.chain_id,
            "gas": 2_000_000,
            "value": 0,
            "to": b"" if to is None else to,
            "data": data,
            **fields,
        }
        if "gasPrice" not in transaction:
            transaction = {"type": 2, "maxFeePerGas": 0, "maxPriorityFeePerGas": 0, **transaction}
        return bytes(self.account.sign_transaction(transaction).raw_transaction)

    def deploy(self) -> bytes:
        """A signed transaction that creates the contract."""
        return self.sign(None, BYTECODE)
