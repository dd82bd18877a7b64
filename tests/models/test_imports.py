"""What a model file may import: no data sets, no metrics, and nothing that stands above models."""

import pytest


@pytest.mark.slow
@pytest.mark.parametrize("module", ["kerasgen.model", "kerasgen.models"])
def test_models_know_nothing_of_what_uses_them(run_python, module):
    code = """
        import importlib, pkgutil, sys
        module = importlib.import_module(sys.argv[1])
        for found in pkgutil.walk_packages(getattr(module, "__path__", []), module.__name__ + "."):
            importlib.import_module(found.name)
        print(*sorted({name.split(".")[1] for name in sys.modules if name.startswith("kerasgen.")}))
    """
    known = set(run_python(code, module).split())
    assert "model" in known
    above = {"callbacks", "cli", "data", "evaluation", "metrics", "modalities", "plots", "scores", "training", "tuning", "zoo"}
    assert not known & above
