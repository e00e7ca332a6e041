"""Master data from files: all lines of a file, or none.

Every importer has the same shape: ``import_x(company, path, *, dry_run=False, ...) -> ImportSummary``. The file is CSV
(UTF-8, comma or semicolon, possibly .gz) or the first sheet of a workbook, with a header line, columns in any order.
Existing codes are updated in the columns the file has, new ones created. A file with any bad line changes
nothing and is refused as ``BadFile``. The caller holds whatever lock keeps others from posting meanwhile.
"""

from everstock.masterdata.imports.items import import_items
from everstock.masterdata.imports.lines import ImportSummary
from everstock.masterdata.imports.locations import import_locations
from everstock.masterdata.imports.partners import import_partners

__all__ = ["ImportSummary", "import_items", "import_locations", "import_partners"]
