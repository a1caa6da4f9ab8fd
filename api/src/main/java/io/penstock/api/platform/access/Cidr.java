package io.penstock.api.platform.access;

import io.penstock.api.platform.error.ApiException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;

/**
 * A network of IPv4 or IPv6 addresses. An IPv4 address in IPv6's clothes (::ffff:192.0.2.1) is the
 * IPv4 address, as a dual-stack socket may show either.
 *
 * @param address its first address
 * @param bits that all its addresses share
 */
public record Cidr(InetAddress address, int bits) {

  /**
   * @param text such as {@code 10.0.0.0/8}, {@code 2001:db8::/32} or a single address
   * @throws ApiException 400 that names {@code param}
   */
  public static Cidr parse(String text, String param) {
    int slash = text == null ? -1 : text.indexOf('/');
    InetAddress address =
        text == null ? null : address(slash < 0 ? text : text.substring(0, slash));
    if (address == null) {
      throw invalid(param);
    }
    int most = address instanceof Inet4Address ? 32 : 128;
    int bits = slash < 0 ? most : bits(text.substring(slash + 1), param);
    if (bits > most) {
      throw invalid(param);
    }
    byte[] first = address.getAddress();
    for (int bit = bits; bit < most; bit++) {
      if ((first[bit / 8] & (0x80 >> (bit % 8))) != 0) {
        throw ApiException.invalid(
            param,
            param
                + " has bits set below its prefix; give the network's first address, as 10.0.0.0/8.");
      }
    }
    return new Cidr(address, bits);
  }

  private static int bits(String text, String param) {
    if (!text.matches("[0-9]{1,3}")) {
      throw invalid(param);
    }
    return Integer.parseInt(text);
  }

  private static ApiException invalid(String param) {
    return ApiException.invalid(
        param, param + " must be an IPv4 or IPv6 network such as 10.0.0.0/8 or 2001:db8::/32.");
  }

  /** A literal address, never looked up; null when it is none. */
  static InetAddress address(String literal) {
    if (literal.isEmpty() || literal.length() > 45 || !literal.matches("[0-9A-Fa-f:.]+")) {
      return null;
    }
    if (!literal.contains(":") && !literal.matches("([0-9]{1,3}\\.){3}[0-9]{1,3}")) {
      return null; // Java also takes 10.1 and 167772161
    }
    try {
      return InetAddress.ofLiteral(literal); // turns mapped addresses into IPv4 ones
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  /** Whether an address is in the network; null is in none. */
  public boolean contains(InetAddress other) {
    if (other == null) {
      return false;
    }
    byte[] mine = address.getAddress();
    byte[] theirs = other.getAddress();
    if (mine.length != theirs.length) {
      return false;
    }
    int whole = bits / 8;
    int rest = bits % 8;
    return Arrays.equals(mine, 0, whole, theirs, 0, whole)
        && (rest == 0 || ((mine[whole] ^ theirs[whole]) & 0xff) >> (8 - rest) == 0);
  }

  @Override
  public String toString() {
    return address.getHostAddress() + "/" + bits;
  }
}
