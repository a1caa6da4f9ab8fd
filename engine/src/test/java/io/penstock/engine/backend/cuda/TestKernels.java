package io.penstock.engine.backend.cuda;

import java.nio.charset.StandardCharsets;

/** Small kernels in PTX, which the driver compiles: tests of the driver need no compiler. */
final class TestKernels {
  /** out[i] = in[i] * a + b for i below n, by any grid. */
  static final String MIX = "mix";

  /** Keeps one thread busy for a number of nanoseconds. */
  static final String DAWDLE = "dawdle";

  private static final String SOURCE =
      """
      .version 7.8
      .target TARGET
      .address_size 64

      .visible .entry mix(
        .param .u64 p_out, .param .u64 p_in, .param .u32 p_n, .param .f32 p_a, .param .u64 p_b)
      {
        .reg .pred %p1;
        .reg .b32 %r<12>;
        .reg .f32 %f<5>;
        .reg .b64 %rd<7>;
        DEPENDENCY
        mov.u32 %r1, %ctaid.z;
        mov.u32 %r2, %nctaid.y;
        mov.u32 %r3, %ctaid.y;
        mad.lo.u32 %r4, %r1, %r2, %r3;
        mov.u32 %r5, %nctaid.x;
        mov.u32 %r6, %ctaid.x;
        mad.lo.u32 %r7, %r4, %r5, %r6;
        mov.u32 %r8, %ntid.x;
        mov.u32 %r9, %tid.x;
        mad.lo.u32 %r10, %r7, %r8, %r9;
        ld.param.u32 %r11, [p_n];
        setp.ge.u32 %p1, %r10, %r11;
        @%p1 bra DONE;
        ld.param.u64 %rd1, [p_out];
        ld.param.u64 %rd2, [p_in];
        mul.wide.u32 %rd3, %r10, 4;
        add.u64 %rd4, %rd1, %rd3;
        add.u64 %rd5, %rd2, %rd3;
        ld.global.f32 %f1, [%rd5];
        ld.param.f32 %f2, [p_a];
        ld.param.u64 %rd6, [p_b];
        cvt.rn.f32.s64 %f3, %rd6;
        fma.rn.f32 %f4, %f1, %f2, %f3;
        st.global.f32 [%rd4], %f4;
      DONE:
        ret;
      }

      .visible .entry dawdle(.param .u64 p_nanos)
      {
        .reg .pred %p1;
        .reg .b64 %rd<5>;
        ld.param.u64 %rd1, [p_nanos];
        mov.u64 %rd2, %globaltimer;
      AGAIN:
        mov.u64 %rd3, %globaltimer;
        sub.u64 %rd4, %rd3, %rd2;
        setp.lt.u64 %p1, %rd4, %rd1;
        @%p1 bra AGAIN;
        ret;
      }
      """;

  private TestKernels() {}

  /**
   * @param dependent whether the kernels wait for the ones before them, as of compute capability 9
   */
  static byte[] module(boolean dependent) {
    String text =
        SOURCE
            .replace("TARGET", dependent ? "sm_90" : "sm_80")
            .replace(
                "DEPENDENCY",
                dependent ? "griddepcontrol.launch_dependents;\n  griddepcontrol.wait;" : "");
    return (text + "\0").getBytes(StandardCharsets.US_ASCII);
  }
}
