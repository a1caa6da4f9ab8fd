package io.penstock.api.alerts;

import io.netty.util.NetUtil;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;

/**
 * Which addresses are of the public internet (IANA's registries of special-purpose addresses): not
 * this host, not its network, not a cloud's metadata service, nothing reserved.
 */
final class PublicAddress {
  /** First address and prefix of what is not public. */
  private static final int[][] SPECIAL_IPV4 = {
    {0x00000000, 8}, // this network
    {0x0A000000, 8}, // private
    {0x64400000, 10}, // shared by carriers
    {0x7F000000, 8}, // loopback
    {0xA9FE0000, 16}, // link-local, metadata services
    {0xAC100000, 12}, // private
    {0xC0000000, 24}, // protocol assignments
    {0xC0000200, 24}, // documentation
    {0xC0586300, 24}, // 6to4 relays
    {0xC0A80000, 16}, // private
    {0xC6120000, 15}, // benchmarks
    {0xC6336400, 24}, // documentation
    {0xCB007100, 24}, // documentation
    {0xE0000000, 3} // multicast, reserved, broadcast
  };

  private PublicAddress() {}

  /** False for a host that is not public as it stands; a name is only known when it is resolved. */
  static boolean mayBe(String host) {
    String bare = host.replaceAll("^\\[|]$|\\.$", "").toLowerCase(Locale.ROOT);
    byte[] literal = NetUtil.createByteArrayFromIpAddressString(bare);
    if (literal != null) {
      try {
        return is(InetAddress.getByAddress(literal));
      } catch (UnknownHostException e) {
        throw new IllegalStateException(e); // 4 or 16 bytes
      }
    }
    return bare.contains(".")
        && !bare.endsWith(".localhost")
        && !bare.endsWith(".local")
        && !bare.endsWith(".internal")
        && !bare.matches(
            "[0-9.]+|.*\\.?0x[0-9a-f]+"); // numbers that some parsers take for addresses
  }

  static boolean is(InetAddress address) {
    if (address instanceof Inet4Address) {
      return isIpv4(address.getAddress(), 0);
    }
    byte[] bytes = address.getAddress();
    int first = (bytes[0] & 0xFF) << 8 | bytes[1] & 0xFF;
    int second = (bytes[2] & 0xFF) << 8 | bytes[3] & 0xFF;
    if ((first & 0xE000) != 0x2000) { // all that is assigned for the public is in 2000::/3
      return false;
    }
    if (first == 0x2002) { // 6to4 carries an IPv4 address
      return isIpv4(bytes, 2);
    }
    boolean protocols = first == 0x2001 && second < 0x0200; // Teredo among them
    boolean documentation = first == 0x2001 && second == 0x0DB8 || first == 0x3FFF;
    return !protocols && !documentation;
  }

  private static boolean isIpv4(byte[] bytes, int from) {
    int address = 0;
    for (int i = 0; i < 4; i++) {
      address = address << 8 | bytes[from + i] & 0xFF;
    }
    for (int[] special : SPECIAL_IPV4) {
      if (address >>> (32 - special[1]) == special[0] >>> (32 - special[1])) {
        return false;
      }
    }
    return true;
  }
}
