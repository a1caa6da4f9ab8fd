package io.penstock.api.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublicAddressTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "ff02::1",
        "64:ff9b::a00:1",
        "2001::1",
        "2001:db8::1",
        "2002:a00:1::1"
      })
  void isNotPublic(String address) throws UnknownHostException {
    assertThat(PublicAddress.is(InetAddress.getByName(address))).isFalse();
    assertThat(PublicAddress.mayBe(address)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2002:101:101::1"
      })
  void isPublic(String address) throws UnknownHostException {
    assertThat(PublicAddress.is(InetAddress.getByName(address))).isTrue();
    assertThat(PublicAddress.mayBe(address)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "localhost.",
        "a.localhost",
        "printer.local",
        "db.internal",
        "2130706433",
        "127.1",
        "0x7f000001",
        "a.0x1",
        "[::1]",
        "intranet"
      })
  void namesThatAreNotOfThePublicInternet(String host) {
    assertThat(PublicAddress.mayBe(host)).isFalse();
  }

  @Test
  void aReceiverThatFailsIsTriedLaterAndLaterAndThenNoMore() {
    assertThat(Deliverer.after(1, 0)).isEqualTo(Duration.ofSeconds(5));
    assertThat(Deliverer.after(1, 1)).isEqualTo(Duration.ofSeconds(6));
    assertThat(Deliverer.after(1, -1)).isEqualTo(Duration.ofSeconds(4));
    assertThat(Deliverer.after(9, 0)).isEqualTo(Duration.ofHours(16));
    assertThat(Deliverer.after(10, 0)).isNull();
    for (int attempt = 2; attempt < 10; attempt++) {
      assertThat(Deliverer.after(attempt, 0)).isGreaterThan(Deliverer.after(attempt - 1, 0));
    }
  }
}
