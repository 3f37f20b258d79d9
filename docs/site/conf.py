"""How Sphinx reads and shows the site; `docs/site/build.py` calls it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

project = "cxlab"
copyright = "cxlab contributors, MIT licence"  # noqa: A001 (Sphinx's name)
extensions = ["myst_nb", "docs.site.mathml"]
html_theme = "furo"
html_title = "cxlab"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sphinx = False
html_last_updated_fmt = None
html_use_index = True
# the heading above says which module
add_module_names = False
html_domain_indices = False
language = "en"
# quotes in docstrings are those of Python
smartquotes = False

# what is committed is what is shown
nb_execution_mode = "off"
# widgets are shown as the pictures that stand for them (stage.static): no script from elsewhere
nb_ipywidgets_js = {}
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 4
myst_heading_slug_func = "cxlab.glossary.anchor"
