// Generates src/generated from proto/.
