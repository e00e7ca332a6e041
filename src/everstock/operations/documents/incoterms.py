"""The eleven rules of Incoterms 2020: where goods on their way become the buyer's."""

from enum import StrEnum


class Incoterm(StrEnum):
    """The rule agreed with a partner. The value is the code of the International Chamber of Commerce."""

    EXW = "EXW"
    FCA = "FCA"
    FAS = "FAS"
    FOB = "FOB"
    CFR = "CFR"
    CIF = "CIF"
    CPT = "CPT"
    CIP = "CIP"
    DAP = "DAP"
    DPU = "DPU"
    DDP = "DDP"

    @property
    def owned_on_the_way(self) -> bool:
        """Whether the goods are the buyer's from shipment on. Under the D rules the seller bears the risk until arrival."""
        return not self.value.startswith("D")
