import "../src/define.js";
