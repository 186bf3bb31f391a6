"""torch where it is installed; without it, the classes work with numpy arrays alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # Types of torch are not asked for: it need not be installed where a program is checked.
    torch: Any = None

    class Dataset: ...

    class IterableDataset: ...

    def get_worker_info() -> Any: ...

else:
    try:
        import torch
        from torch.utils.data import Dataset, IterableDataset, get_worker_info
    except ImportError:
        torch = None
        Dataset = IterableDataset = object

        def get_worker_info():
            return None
