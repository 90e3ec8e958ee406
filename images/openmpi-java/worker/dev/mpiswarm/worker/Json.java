package dev.mpiswarm.worker;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * A strict reader, and as much of a writer as the starter needs, of JSON (RFC 8259).
 *
 * <p>No library: its jar would be on the class path of the user's program, behind or before another version of the same. Debian's Gson (2.10)
 * also reads raw control characters in strings, {@code TRUE}, {@code "\'"} and any depth, however strict it is asked to be.
 */
final class Json {
  private static final int MAX_DEPTH = 32;

  private final String text;
  private int at;
  private int depth;

  private Json(String text) {
    this.text = text;
  }

  /** An object's members, in their order. */
  static final class Object {
    private final Map<String, java.lang.Object> members;

    Object(Map<String, java.lang.Object> members) {
      this.members = members;
    }

    Set<String> names() {
      return members.keySet();
    }

    /** @throws IllegalArgumentException when there is no such string */
    String string(String name) {
      java.lang.Object value = members.get(name);
      if (value instanceof String) return (String) value;
      throw new IllegalArgumentException(name + " must be a string, got " + value);
    }

    String stringOr(String name, String otherwise) {
      return members.get(name) instanceof String ? string(name) : otherwise;
    }

    /** @throws IllegalArgumentException when there is no such number */
    double number(String name) {
      java.lang.Object value = members.get(name);
      if (value instanceof Double) return (Double) value;
      throw new IllegalArgumentException(name + " must be a number, got " + value);
    }

    OptionalDouble optionalNumber(String name) {
      return members.get(name) instanceof Double ? OptionalDouble.of(number(name)) : OptionalDouble.empty();
    }

    Object objectOrEmpty(String name) {
      java.lang.Object value = members.get(name);
      return value instanceof Object ? (Object) value : new Object(Map.of());
    }
  }

  /**
   * Reads a text that is one object.
   *
   * @throws IllegalArgumentException when it is not, with the place
   */
  static Object object(String text) {
    Json reader = new Json(text);
    java.lang.Object value = reader.value();
    reader.space();
    if (reader.at < text.length()) throw reader.unexpected("the end");
    if (!(value instanceof Object)) throw new IllegalArgumentException("expected an object, got " + value);
    return (Object) value;
  }

  /** The string in quotes, everything escaped that must be. */
  static String quote(String value) {
    StringBuilder out = new StringBuilder("\"");
    for (char c : value.toCharArray()) {
      if (c == '"' || c == '\\') out.append('\\').append(c);
      // A half of a pair alone cannot be written as UTF-8.
      else if (c < ' ' || Character.isSurrogate(c)) out.append(String.format("\\u%04x", (int) c));
      else out.append(c);
    }
    return out.append('"').toString();
  }

  private java.lang.Object value() {
    space();
    if (at >= text.length()) throw unexpected("a value");
    char c = text.charAt(at);
    if (c == '{') return members();
    if (c == '[') return items();
    if (c == '"') return string();
    if (c == '-' || (c >= '0' && c <= '9')) return number();
    for (Map.Entry<String, java.lang.Object> word : Map.<String, java.lang.Object>of("true", true, "false", false).entrySet())
      if (take(word.getKey())) return word.getValue();
    if (take("null")) return null;
    throw unexpected("a value");
  }

  private Object members() {
    Map<String, java.lang.Object> found = new LinkedHashMap<>();
    enter('{');
    if (!next('}')) {
      do {
        space();
        String name = string();
        expect(':');
        found.put(name, value());
      } while (next(','));
      expect('}');
    }
    depth--;
    return new Object(found);
  }

  private List<java.lang.Object> items() {
    List<java.lang.Object> found = new ArrayList<>();
    enter('[');
    if (!next(']')) {
      do found.add(value());
      while (next(','));
      expect(']');
    }
    depth--;
    return found;
  }

  private String string() {
    StringBuilder out = new StringBuilder();
    expect('"');
    for (; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '"') {
        at++;
        return out.toString();
      }
      if (c < ' ') break;
      out.append(c == '\\' ? escaped() : c);
    }
    throw unexpected("the end of a string");
  }

  /** The place is on the escape's last character afterwards. */
  private char escaped() {
    int kind = ++at < text.length() ? "\"\\/bfnrtu".indexOf(text.charAt(at)) : -1;
    if (kind < 0) throw unexpected("an escape");
    if (kind < 8) return "\"\\/\b\f\n\r\t".charAt(kind);
    String digits = at + 5 <= text.length() ? text.substring(at + 1, at + 5) : "";
    if (!digits.matches("[0-9a-fA-F]{4}")) throw unexpected("four hexadecimal digits");
    at += 4;
    return (char) Integer.parseInt(digits, 16);
  }

  private Double number() {
    int start = at;
    while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) at++;
    String digits = text.substring(start, at);
    if (!digits.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) throw unexpected("a number");
    return Double.valueOf(digits);
  }

  private void enter(char bracket) {
    expect(bracket);
    if (++depth > MAX_DEPTH) throw unexpected("fewer levels");
  }

  private void expect(char c) {
    if (!next(c)) throw unexpected("'" + c + "'");
  }

  private boolean next(char c) {
    space();
    return take(String.valueOf(c));
  }

  private boolean take(String word) {
    if (!text.startsWith(word, at)) return false;
    at += word.length();
    return true;
  }

  private void space() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
  }

  private IllegalArgumentException unexpected(String wanted) {
    return new IllegalArgumentException("expected " + wanted + " at character " + at + " of " + text.length());
  }
}
