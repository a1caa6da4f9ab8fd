package io.penstock.engine.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class HostSlotsTest {
  @Test
  void givesAllOrNone() {
    HostSlots slots = new HostSlots(4);
    int[] three = slots.tryAllocate(3);
    assertThat(three).containsExactly(0, 1, 2);
    assertThat(slots.tryAllocate(2)).isEmpty();
    assertThat(slots.free()).isEqualTo(1);
    int[] last = slots.tryAllocate(1);
    assertThat(last).containsExactly(3);
    slots.checkInvariants(List.of(three, last));
    slots.release(three);
    assertThat(slots.tryAllocate(2)).containsExactly(0, 1);
  }

  @Test
  void noticesWhatIsLostOrOwnedTwice() {
    HostSlots slots = new HostSlots(2);
    int[] one = slots.tryAllocate(1);
    assertThatThrownBy(() -> slots.checkInvariants(List.of()))
        .hasMessage("slot 0 is free or owned 0 times");
    assertThatThrownBy(() -> slots.checkInvariants(List.of(one, one)))
        .hasMessage("slot 0 is free or owned 2 times");
    slots.release(one);
    assertThatThrownBy(() -> slots.release(one))
        .hasMessage("more slots are given back than were taken");
  }

  @Test
  void mayHaveNoSlotsButNotFewer() {
    assertThat(new HostSlots(0).tryAllocate(1)).isEmpty();
    assertThatThrownBy(() -> new HostSlots(-1)).isInstanceOf(IllegalArgumentException.class);
  }
}
