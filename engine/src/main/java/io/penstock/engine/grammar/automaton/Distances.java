package io.penstock.engine.grammar.automaton;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How many tokens complete a text at most, from every node of an automaton: those of a shortest way
 * to the end that takes one byte at a time, and whole tokens within text that is the only one. So
 * it is an upper bound, and one that can be kept: from each place some token leads to one from
 * where the rest takes at least one token less.
 */
public final class Distances {
  /** More than any text may have; also where no way is known, as where a byte is no token. */
  public static final int FAR = 1 << 28;

  /** Each pass makes bounds tighter and leaves them true. Nodes stand behind what follows them. */
  private static final int MOST_PASSES = 50;

  private static final int LONGEST_TOKEN = 32; // bytes that are tried
  private static final Node[] NONE = {};

  /** Which byte strings are tokens. */
  public interface Pieces {
    /**
     * The tokens that begin with some bytes, narrowed byte by byte.
     *
     * @param range first and one after the last of those that begin with the bytes so far, in some
     *     order; changed to those that go on with {@code value}
     * @param depth bytes so far
     * @return whether the bytes, with the new one, are a token
     */
    boolean narrow(int[] range, int depth, int value);

    /** The whole range. */
    int size();
  }

  private final int[] ofNode;
  private final int longest;

  Distances(List<Node> nodes, Pieces pieces) {
    ofNode = new int[nodes.size()];
    Arrays.fill(ofNode, FAR);
    boolean[] single = singleBytes(pieces);
    Node[][] ends = new Node[ofNode.length][];
    for (Node node : nodes) {
      ends[node.id] = tokenEnds(node, pieces);
    }
    boolean changed = true;
    for (int pass = 0; changed && pass < MOST_PASSES; pass++) {
      changed = false;
      for (Node node : nodes) {
        int shorter = node.ownDistance(this::of, single);
        for (Node end : ends[node.id]) {
          shorter = Math.min(shorter, 1 + of(end));
        }
        if (shorter < ofNode[node.id]) {
          ofNode[node.id] = shorter;
          changed = true;
        }
      }
    }
    int most = 0;
    for (int distance : ofNode) {
      most = distance < FAR ? Math.max(most, distance) : most;
    }
    longest = most;
  }

  private static boolean[] singleBytes(Pieces pieces) {
    boolean[] single = new boolean[256];
    for (int b = 0; b < 256; b++) {
      single[b] = pieces.narrow(new int[] {0, pieces.size()}, 0, b);
    }
    return single;
  }

  /** Where tokens of more than a byte lead to from a node behind which there is one text only. */
  private static Node[] tokenEnds(Node node, Pieces pieces) {
    if (node.onlyByte() < 0) {
      return NONE;
    }
    List<Node> ends = new ArrayList<>();
    Node at = node;
    int[] range = {0, pieces.size()};
    for (int depth = 0; depth < LONGEST_TOKEN && at.onlyByte() >= 0; depth++) {
      boolean token = pieces.narrow(range, depth, at.onlyByte());
      if (range[0] >= range[1]) {
        break;
      }
      at = at.target(0);
      if (token && depth > 0) {
        ends.add(at);
      }
    }
    return ends.toArray(NONE);
  }

  private int of(Node node) {
    return node == Node.END ? 0 : node == Node.STUCK ? FAR : ofNode[node.id];
  }

  /** The largest one, of those that are known. */
  public int longest() {
    return longest;
  }

  /** Of a text so far; 0 where it is complete, whether it may go on or not. */
  public int of(State state) {
    int best = state.isAccepting() ? 0 : FAR;
    for (Place place : state.places()) {
      int sum = of(place.node());
      for (Frame frame = place.stack(); frame != null && sum < best; frame = frame.below) {
        sum += of(frame.then);
      }
      best = Math.min(best, sum);
    }
    return Math.min(FAR, best);
  }
}
