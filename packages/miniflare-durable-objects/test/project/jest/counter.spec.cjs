require("../cases.cjs")({ test, beforeEach, expect });
