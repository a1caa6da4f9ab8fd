package io.penstock.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds the kernels in an uncompressed fatbin: it holds one 64-bit ELF image per architecture, and
 * each kernel has a section {@code .text.<symbol>} there.
 */
final class FatbinSymbols {
  private static final int ELF_MAGIC = 0x464C457F;
  private static final int ELF_CLASS_64 = 2;
  private static final int MACHINE_CUDA = 190;
  private static final String CODE = ".text.";

  private FatbinSymbols() {}

  /** Entry points of each ELF image, in the order of the images. */
  static List<Set<String>> read(byte[] fatbin) {
    List<Set<String>> images = new ArrayList<>();
    ByteBuffer bytes = ByteBuffer.wrap(fatbin).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at + 64 <= fatbin.length; at += 4) {
      if (bytes.getInt(at) == ELF_MAGIC
          && bytes.get(at + 4) == ELF_CLASS_64
          && bytes.getShort(at + 18) == MACHINE_CUDA) {
        images.add(codeSections(bytes.slice(at, fatbin.length - at)));
      }
    }
    return images;
  }

  private static Set<String> codeSections(ByteBuffer image) {
    ByteBuffer elf = image.order(ByteOrder.LITTLE_ENDIAN);
    int headers = Math.toIntExact(elf.getLong(40));
    int headerSize = elf.getShort(58);
    int count = elf.getShort(60);
    int namesHeader = headers + elf.getShort(62) * headerSize;
    int names = Math.toIntExact(elf.getLong(namesHeader + 24));

    Set<String> symbols = new TreeSet<>();
    for (int section = 0; section < count; section++) {
      String name = string(elf, names + elf.getInt(headers + section * headerSize));
      if (name.startsWith(CODE)) {
        symbols.add(name.substring(CODE.length()));
      }
    }
    return symbols;
  }

  private static String string(ByteBuffer elf, int at) {
    int end = at;
    while (elf.get(end) != 0) {
      end++;
    }
    byte[] name = new byte[end - at];
    elf.get(at, name);
    return new String(name, StandardCharsets.UTF_8);
  }
}
