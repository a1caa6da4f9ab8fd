#!/usr/bin/env python3
"""Writes reference.json into checkpoints: what Hugging Face transformers computes for random prompts in float32.

Usage: reference.py FOLDER...   (needs torch and transformers)

The folders are those of `./penstock bench gpu models`: small random models of every architecture that Penstock supports.
Their weights are widened to float32 as they are stored, so the reference has no rounding but that of float32. For each
prompt: `ids`, all `last_logits`, and at every position the best id (`argmax`) and its lead over the second
(`argmax_margin`).
"""

import json
import os
import random
import sys
import time

import torch
import transformers
from transformers import AutoModelForCausalLM

# Around the sizes of cache blocks and kernel tiles. Ascending: dynamic RoPE keeps the longest sequence it has seen.
LENGTHS = [1, 2, 15, 16, 17, 31, 64, 65, 130, 257, 513, 700]
REFERENCE = "reference.json"


def round_to(value, digits=6):
    return float(f"{value:.{digits}g}")


def of_prompt(model, ids):
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].float()
    best = torch.topk(logits, 2, dim=-1)
    return {
        "ids": ids,
        "last_logits": [round_to(value) for value in logits[-1].tolist()],
        "argmax": best.indices[:, 0].tolist(),
        "argmax_margin": [round_to(margin) for margin in (best.values[:, 0] - best.values[:, 1]).tolist()],
    }


def reference(folder):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    model.eval()
    if any(parameter.dtype != torch.float32 for parameter in model.parameters()):
        raise RuntimeError(f"{folder}: not everything is float32")
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        stored = json.load(file)
    seed = sum(ord(letter) for letter in os.path.basename(folder))
    draw = random.Random(seed)
    prompts = [[draw.randrange(stored["vocab_size"]) for _ in range(length)] for length in LENGTHS]
    return {
        "format": 1,
        "architecture": stored["architectures"][0],
        "state_dtype": stored["torch_dtype"],
        "compute": f"transformers {transformers.__version__}, torch {torch.__version__}, float32, eager attention",
        "prompts": [of_prompt(model, ids) for ids in prompts],
    }


def main(folders):
    if not folders:
        sys.exit(__doc__)
    torch.manual_seed(0)
    failed = 0
    for folder in folders:
        start = time.time()
        path = os.path.join(folder, REFERENCE)
        try:
            result = reference(os.path.normpath(folder))
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            print(f"{folder}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            continue
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump(result, file)
        os.replace(path + ".new", path)
        print(f"{folder}: {len(result['prompts'])} prompts, {time.time() - start:.1f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
