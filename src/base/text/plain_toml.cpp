#include "base/text/plain_toml.h"

#include <fmt/format.h>

#include <cctype>
#include <optional>

namespace vedette {
namespace {

constexpr std::string_view kBlank = " \t";

bool control(char c) {
  auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

struct Letter {
  char32_t code = 0;
  std::size_t bytes = 0;
};

// The well-formed UTF-8 sequence at the begin (Unicode 15, table 3-7).
std::optional<Letter> letter_at(std::string_view text) {
  auto lead = static_cast<unsigned char>(text[0]);
  std::size_t bytes = lead >= 0xC2 && lead < 0xE0   ? 2
                      : lead >= 0xE0 && lead < 0xF0 ? 3
                      : lead >= 0xF0 && lead < 0xF5 ? 4
                                                    : 0;
  if (bytes == 0 || bytes > text.size()) return std::nullopt;
  char32_t code = lead & (0xFFu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return std::nullopt;
    code = code << 6 | (next & 0x3F);
  }
  bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  bool no_letter = (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF;
  if (overlong || no_letter) return std::nullopt;
  return Letter{code, bytes};
}

bool digit(char c) { return c >= '0' && c <= '9'; }
bool ends_value(char c) { return std::string_view(" \t],}#").contains(c); }

// Of the blank at `at`: behind it stands a single digit, and before it what looks like a date, of which the
// library takes it for the time. It does not count underscores.
bool begins_half_a_time(std::string_view line, std::size_t at) {
  if (at + 1 >= line.size() || !digit(line[at + 1])) return false;
  if (at + 2 < line.size() && !ends_value(line[at + 2])) return false;
  std::string before;
  for (std::size_t i = at; i > 0 && before.size() < 10; --i)
    if (line[i - 1] != '_') before += line[i - 1];
  return before.size() == 10 && before[2] == '-' && before[5] == '-';
}

// One line without its end; the reason why not, or its plain form in `out`.
std::optional<std::string> plain_line(std::string_view line, std::string& out) {
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    char c = line[i];
    auto byte = static_cast<unsigned char>(c);
    if (control(c)) {
      return "holds a control character; remove it (is this a text file?)";
    }
    if (quote == '\0' && c == '#') return std::nullopt;
    if (byte >= 0x80) {
      if (quote != '"')
        return "has a letter beyond ASCII outside of \"…\"; keys are ASCII, such a text stands in \"…\"";
      auto letter = letter_at(line.substr(i));
      if (!letter) return "is not UTF-8; save the file as UTF-8";
      out += fmt::format("\\U{:08X}", static_cast<std::uint32_t>(letter->code));
      i += letter->bytes - 1;
      continue;
    }
    if (quote == '\0' && (c == '{' || c == '}')) return "has a brace; write each key on a line of its own";
    if (quote == '\0' && c == ' ' && begins_half_a_time(line, i))
      return "has a date with half a time behind it; write 2027-01-31 or 2027-01-31 08:00:00";
    out += c;
    if (quote == '"' && c == '\\' && i + 1 < line.size() && static_cast<unsigned char>(line[i + 1]) >= 0x80) {
      return "has a \\ before a letter; write \\\\ for a backslash";
    }
    if (quote == '"' && c == '\\' && i + 1 < line.size() && !control(line[i + 1])) {
      out += line[++i];
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    }
  }
  return std::nullopt;
}

bool names_its_section(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  if (!line.starts_with('[')) return true;
  line.remove_prefix(line.starts_with("[[") ? 2 : 1);
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  return !line.empty() && (std::isalnum(static_cast<unsigned char>(line[0])) ||
                           std::string_view("_-\"']").find(line[0]) != std::string_view::npos);
}

}  // namespace

std::expected<std::string, TomlRefusal> plain_toml(std::string_view toml) {
  if (toml.starts_with("\xEF\xBB\xBF")) toml.remove_prefix(3);
  std::string out;
  int number = 0;
  while (!toml.empty()) {
    ++number;
    auto line = toml.substr(0, toml.find('\n'));
    toml.remove_prefix(std::min(toml.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::string plain;
    if (auto wrong = plain_line(line, plain)) return std::unexpected(TomlRefusal{number, *std::move(wrong)});
    if (!names_its_section(plain))
      return std::unexpected(
          TomlRefusal{number, "is no section; write its name between brackets, e.g. [name]"});
    out += plain + "\n";
  }
  return out;
}

}  // namespace vedette
