// A page without anything of its own that lives.

import { start } from "./frame.js";

start();
