#!/usr/bin/env node
// The bluebridge command; see ../src/main.ts.
import '../dist/main.js';
