package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelChoicesTest {
  @TempDir private Path folder;

  private enum Way {
    OURS,
    LIBRARY
  }

  private enum Other {
    LEFT
  }

  @Test
  void aChoiceIsKnownToTheNextStart() {
    KernelChoices first = open("abc", "bf16");
    first.put("down 4096x14336, 32 tokens", Way.OURS);
    first.save();

    KernelChoices next = open("abc", "bf16");

    assertThat(next.find("down 4096x14336, 32 tokens", Way.class)).contains(Way.OURS);
    assertThat(next.find("down 4096x14336, 64 tokens", Way.class)).isEmpty();
    assertThat(next.find("down 4096x14336, 32 tokens", Other.class)).isEmpty();
  }

  @Test
  void otherKernelsAndTypesAreMeasuredAnew() {
    KernelChoices first = open("abc", "bf16");
    first.put("down", Way.OURS);
    first.save();

    assertThat(open("abd", "bf16").find("down", Way.class)).isEmpty();
    assertThat(open("abc", "f16").find("down", Way.class)).isEmpty();
  }

  private KernelChoices open(String kernels, String type) {
    return KernelChoices.open(folder, "NVIDIA H100", "9.0", "13.1.0", kernels, type);
  }
}
