#!/bin/sh
# Makes the fixtures anew, for a program that has changed or a newer p4c. Needs p4c-bm2-ss, by PATH or $BLUEBRIDGE_P4C, and a built project.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root/test/conformance/fixtures"
p4c=${BLUEBRIDGE_P4C:-p4c-bm2-ss}
rendered=$(mktemp -d)
trap 'rm -r "$rendered"' EXIT
for name in quickstart bare; do
  spec=$root/test/conformance/fixtures/$name.yaml
  [ $name = quickstart ] && spec=$root/examples/quickstart.yaml
  node "$root/cli/bin/bluebridge.js" generate "$spec" --target bmv2 --out "$rendered" >/dev/null
  cp "$rendered/$name.p4" .
  "$p4c" --std p4-16 --p4runtime-files "$name.p4c.p4info.txtpb" -o "$rendered/p4c.json" "$name.p4"
  # One line, or it would be half a megabyte of indentation.
  node -e 'const fs = require("fs"); fs.writeFileSync(process.argv[2], `${JSON.stringify(JSON.parse(fs.readFileSync(process.argv[1])))}\n`)' \
    "$rendered/p4c.json" "$name.p4c.json"
done
"$p4c" --version | grep Version
