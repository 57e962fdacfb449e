// A file has globals of its own: everything is loaded anew, the addon not.
require("../cases.cjs")({ test, beforeEach, expect });
