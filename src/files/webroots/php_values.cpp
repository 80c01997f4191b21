#include "files/webroots/php_values.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

#include "base/text/base64.h"

namespace vedette::files {
namespace {

using Kind = PhpToken::Kind;

constexpr std::size_t kConstantMax = 256 * 1024, kConstants = 20'000, kStatement = 4096, kArguments = 64,
                      kScopes = 64;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool is_source(const PhpToken& token) {
  if (token.kind == Kind::kVariable)
    return token.text == "$_GET" || token.text == "$_POST" || token.text == "$_REQUEST" ||
           token.text == "$_COOKIE" || token.text == "$_FILES" || token.text == "$HTTP_RAW_POST_DATA" ||
           token.text == "$_HTTP_GET_VARS";
  if (token.kind == Kind::kString) return token.text == "php://input";
  if (token.kind != Kind::kName) return false;
  auto name = lower(token.text);
  return name == "getallheaders" || name == "apache_request_headers";
}

std::string inflated(std::string_view bytes, int window) {
  z_stream stream{};
  if (::inflateInit2(&stream, window) != Z_OK) return {};
  std::string out(kConstantMax, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::inflateEnd(&stream);
  return out;
}

std::string rot13(std::string text) {
  for (char& c : text) {
    if (std::isalpha(static_cast<unsigned char>(c)) == 0) continue;
    char base = c >= 'a' ? 'a' : 'A';
    c = static_cast<char>(base + (c - base + 13) % 26);
  }
  return text;
}

std::string from_hex_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    int value = 0;
    auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, value, 16);
    if (error != std::errc() || end != text.data() + i + 2) return {};
    out += static_cast<char>(value);
  }
  return out;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  if (from.empty() || text.size() > kConstantMax) return text;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    auto hit = text.find(from, at);
    out += text.substr(at, hit == std::string::npos ? hit : hit - at);
    if (hit == std::string::npos) break;
    out += to;
    if (out.size() > kConstantMax) break;
    at = hit + from.size();
  }
  return out;
}

std::optional<long> number(const std::string& text) {
  long out = 0;
  int base = text.starts_with("0x") || text.starts_with("0X") ? 16
             : text.size() > 1 && text[0] == '0'              ? 8
                                                              : 10;
  const char* from = text.data() + (base == 16 ? 2 : 0);
  auto [end, error] = std::from_chars(from, text.data() + text.size(), out, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::string trimmed(std::string_view text) {
  auto from = text.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1));
}

std::string sub(const std::string& text, long from, std::optional<long> count) {
  auto size = static_cast<long>(text.size());
  if (from < 0) from = std::max(0L, size + from);
  if (from >= size) return {};
  long length = count ? *count : size;
  if (length < 0) length = std::max(0L, size - from + length);
  return text.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(length));
}

// The value of a pure function of constants; arguments as texts (numbers in decimal).
std::optional<std::string> value_of(const std::string& name, const std::vector<std::string>& a) {
  auto n = a.size();
  if (n == 1) {
    if (name == "chr") {
      auto code = number(a[0]);
      return code ? std::optional(std::string(1, static_cast<char>(*code))) : std::nullopt;
    }
    if (name == "strrev") return std::string(a[0].rbegin(), a[0].rend());
    if (name == "base64_decode") return base64_decode(a[0]);
    if (name == "str_rot13") return rot13(a[0]);
    if (name == "hex2bin") return from_hex_text(a[0]);
    if (name == "strtolower") return lower(a[0]);
    if (name == "trim" || name == "strval") return trimmed(a[0]);
    if (name == "rawurldecode" || name == "urldecode" || name == "stripslashes") return std::nullopt;
    if (name == "gzinflate") return inflated(a[0], -15);
    if (name == "gzuncompress") return inflated(a[0], 15);
    if (name == "gzdecode") return inflated(a[0], 15 + 16);
    if (name == "strtoupper") {
      auto out = a[0];
      for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      return out;
    }
    if (name == "ucfirst") {
      auto out = a[0];
      if (!out.empty()) out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
      return out;
    }
  }
  if (n == 2 && name == "pack" && lower(a[0]) == "h*") return from_hex_text(a[1]);
  if (n == 2 && name == "base64_decode") return base64_decode(a[0]);
  if (n == 2 && name == "gzinflate") return inflated(a[0], -15);
  if ((n == 2 || n == 3) && name == "substr") {
    auto from = number(a[1]);
    auto count = n == 3 ? number(a[2]) : std::nullopt;
    if (from && (n == 2 || count)) return sub(a[0], *from, count);
  }
  if (n == 3 && (name == "str_replace" || name == "str_ireplace")) return replaced(a[2], a[0], a[1]);
  if (n == 3 && name == "strtr" && a[1].size() == a[2].size()) {
    auto out = a[0];
    for (char& c : out) {
      auto at = a[1].find(c);
      if (at != std::string::npos) c = a[2][at];
    }
    return out;
  }
  return std::nullopt;
}

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '\\';
  }) && std::isdigit(static_cast<unsigned char>(text[0])) == 0;
}

std::string literal(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

}  // namespace

void PlainCode::read(std::vector<PhpToken> tokens, std::vector<std::string>& inner) {
  for (auto& token : tokens) {
    bool opens = token.is('{'), closes = token.is('}');
    bool end = token.is(';') || opens || closes;
    // "{$name}" and "$s{0}" aside, a brace ends a statement.
    push(std::move(token));
    if (opens) enter_scope();
    if (end || line_.size() >= kStatement) end_statement(inner);
    if (opens) ++depth_;
    if (closes) {
      --depth_;
      leave_scopes();
    }
    if (text_.size() > bytes_max_) break;
  }
  end_statement(inner);
  depth_ = 0;
  leave_scopes();
}

// "function name(…) {": its variables are its own. A closure may take others with it and stays in its scope.
void PlainCode::enter_scope() {
  for (std::size_t i = 0; i + 2 < line_.size(); ++i) {
    if (line_[i].kind != Kind::kName || lower(line_[i].text) != "function") continue;
    bool named =
        line_[i + 1].kind == Kind::kName || (line_[i + 1].is('&') && line_[i + 2].kind == Kind::kName);
    if (!named || scopes_.size() >= kScopes) return;
    scopes_.push_back({depth_, std::move(tainted_)});
    tainted_.clear();
    return;
  }
}

void PlainCode::leave_scopes() {
  while (!scopes_.empty() && depth_ <= scopes_.back().depth) {
    tainted_ = std::move(scopes_.back().outside);
    scopes_.pop_back();
  }
}

// Whether a value made of these tokens carries the request. What the request only chooses from
// ($list[$_GET['k']]) is not from the request.
bool PlainCode::carries(std::size_t from, std::size_t end) const {
  int inside = 0;
  for (auto i = from; i < end; ++i) {
    const auto& token = line_[i];
    if (inside > 0) {
      inside += token.is('[') ? 1 : token.is(']') ? -1 : 0;
      continue;
    }
    if (is_source(token) || (token.kind == Kind::kTemplate && token.text.find("$_") != std::string::npos))
      return true;
    if (token.is('[') && i > from && (line_[i - 1].kind == Kind::kVariable || line_[i - 1].is(']')))
      inside = 1;
  }
  return false;
}

void PlainCode::push(PhpToken token) {
  auto size = line_.size();
  // A variable that was set to a constant, or carries the request, reads as that. When it is being set
  // itself, end_statement() sees its name: the rewriting waits for the token behind it.
  if (size > 0 && line_.back().kind == Kind::kVariable) {
    auto& last = line_.back();
    bool set = token.is('=');
    bool keyed = token.is('[') || token.is('{');
    if (!set && !keyed) {
      if (auto known = constants_.find(last.text); known != constants_.end()) {
        bool part_of_assignment = token.is('.') || token.is('+') || token.is('-') || token.is('*');
        if (!(part_of_assignment && size - 1 == 0)) last = {Kind::kString, known->second};
      }
    }
    if (!set && last.kind == Kind::kVariable && tainted_.contains(last.text) && !(size == 1 && token.is('.')))
      last.text = "$_REQUEST";
  }
  // 'system' ( → system(
  if (token.is('(') && !line_.empty() && line_.back().kind == Kind::kString && is_word(line_.back().text) &&
      (line_.size() < 2 || line_[line_.size() - 2].kind != Kind::kName))
    line_.back().kind = Kind::kName;
  line_.push_back(std::move(token));
  for (int i = 0; i < 8 && reduce(); ++i) {
  }
}

bool PlainCode::reduce() {
  auto n = line_.size();
  auto back = [&](std::size_t i) -> PhpToken& { return line_[n - i]; };
  if (n >= 2 && back(2).kind == Kind::kVariable && (back(1).is(')') || back(1).is(',') || back(1).is(';'))) {
    if (auto known = constants_.find(back(2).text); known != constants_.end()) {
      back(2) = {Kind::kString, known->second};
      return true;
    }
  }
  // A constant variable behind an operator that constants are put together with.
  if (n >= 3 && back(1).kind == Kind::kString && back(2).is('.') && back(3).kind == Kind::kString &&
      back(1).text.size() + back(3).text.size() <= kConstantMax) {
    back(3).text += back(1).text;
    line_.resize(n - 2);
    return true;
  }
  if (n >= 3 && back(1).kind == Kind::kString && back(2).is('^') && back(3).kind == Kind::kString) {
    auto size = std::min(back(1).text.size(), back(3).text.size());
    back(3).text.resize(size);
    for (std::size_t i = 0; i < size; ++i)
      back(3).text[i] = static_cast<char>(back(3).text[i] ^ back(1).text[i]);
    line_.resize(n - 2);
    return true;
  }
  if (n >= 2 && back(1).kind == Kind::kString && back(2).is('~')) {
    for (char& c : back(1).text) c = static_cast<char>(~c);
    line_.erase(line_.end() - 2);
    return true;
  }
  // ( 'x' ) that is no call
  if (n >= 3 && back(1).is(')') && back(2).kind == Kind::kString && back(3).is('(') &&
      (n < 4 || (back(4).kind == Kind::kMark && !back(4).is(')') && !back(4).is(']')))) {
    auto text = std::move(back(2).text);
    line_.resize(n - 3);
    line_.push_back({Kind::kString, std::move(text)});
    return true;
  }
  // ${'_GET'} and $GLOBALS['name']
  if (n >= 4 && back(1).is('}') && back(2).kind == Kind::kString && back(3).is('{') && back(4).is('$')) {
    auto name = "$" + back(2).text;
    line_.resize(n - 4);
    line_.push_back({Kind::kVariable, std::move(name)});
    return true;
  }
  if (n >= 2 && back(2).is('$') && back(1).kind == Kind::kString && is_word(back(1).text)) {  // $$name
    auto name = "$" + back(1).text;
    line_.resize(n - 2);
    line_.push_back({Kind::kVariable, std::move(name)});
    return true;
  }
  if (n >= 1 && back(1).is(')')) return reduce_call();
  if (n >= 1 && (back(1).is(']') || back(1).is('}'))) return reduce_index();
  return false;
}

bool PlainCode::reduce_call() {
  auto n = line_.size();
  std::vector<std::string> arguments;
  std::size_t at = n - 1;
  bool value = true;
  while (at > 0 && arguments.size() <= kArguments) {
    auto& token = line_[--at];
    if (value) {
      if (token.is('(') && arguments.empty()) break;
      bool negative = token.kind == Kind::kNumber && at > 0 && line_[at - 1].is('-');
      if (token.kind != Kind::kString && token.kind != Kind::kNumber) return false;
      arguments.push_back((negative ? "-" : "") + token.text);
      if (negative) --at;
      value = false;
    } else {
      if (token.is('(')) break;
      if (!token.is(',')) return false;
      value = true;
    }
  }
  if (at == 0 || !line_[at].is('(') || line_[at - 1].kind != Kind::kName) return false;
  auto name = lower(line_[at - 1].text);
  std::ranges::reverse(arguments);
  // A method of the same name is another function.
  if (at >= 2 && (line_[at - 2].is('>') || line_[at - 2].is(':'))) return false;
  auto result = value_of(name, arguments);
  if (!result || result->size() > kConstantMax) return false;
  line_.resize(at - 1);
  line_.push_back({Kind::kString, *std::move(result)});
  return true;
}

// 'abc'[1], $s[1], $s{1}, $list[2] and $GLOBALS['name']
bool PlainCode::reduce_index() {
  auto n = line_.size();
  if (n < 4) return false;
  auto& key = line_[n - 2];
  auto& base = line_[n - 4];
  bool open = line_[n - 3].is('[') || line_[n - 3].is('{');
  if (!open) return false;
  if (base.kind == Kind::kVariable && base.text == "$GLOBALS" && key.kind == Kind::kString) {
    auto name = "$" + key.text;
    line_.resize(n - 4);
    line_.push_back({Kind::kVariable, std::move(name)});
    return true;
  }
  auto index = key.kind == Kind::kNumber ? number(key.text) : std::nullopt;
  if (!index || *index < 0) return false;
  auto i = static_cast<std::size_t>(*index);
  std::optional<std::string> value;
  if (base.kind == Kind::kString && i < base.text.size()) value = std::string(1, base.text[i]);
  if (base.kind == Kind::kVariable) {
    if (auto list = lists_.find(base.text); list != lists_.end()) {
      if (i < list->second.size()) value = list->second[i];
    } else if (auto known = constants_.find(base.text); known != constants_.end()) {
      if (i < known->second.size()) value = std::string(1, known->second[i]);
    }
  }
  if (!value) return false;
  line_.resize(n - 4);
  line_.push_back({Kind::kString, *std::move(value)});
  return true;
}

void PlainCode::learn_assignment(std::size_t equals) {
  auto& target = line_[equals - 1];
  bool append = equals >= 2 && target.is('.') && line_[equals - 2].kind == Kind::kVariable;
  auto name = append ? line_[equals - 2].text : target.text;
  if (!append && target.kind != Kind::kVariable) {
    // $a['x'] = …: the whole array carries what its parts carry.
    name.clear();
    for (std::size_t back = 1; back <= equals && back < 12; ++back) {
      const auto i = equals - back;
      if (line_[i].kind == Kind::kVariable) {
        name = line_[i].text;
        break;
      }
    }
  }
  if (name.empty() || name[0] != '$') return;
  auto from = equals + 1;
  auto end = line_.size();
  while (end > from && (line_[end - 1].is(';') || line_[end - 1].is('}') || line_[end - 1].is('{'))) --end;
  end = std::min(end, from + 512);
  while (from < end && line_[from].is('@')) ++from;
  if (carries(from, end)) {
    // An object that holds something of the request is not itself of the request.
    if (tainted_.size() < kConstants && name != "$this") tainted_.insert(name);
    constants_.erase(name);
    return;
  }
  if (end == from + 1 && (line_[from].kind == Kind::kString || line_[from].kind == Kind::kVariable)) {
    std::string value = line_[from].text;
    if (line_[from].kind == Kind::kVariable) {
      auto known = constants_.find(value);
      if (known == constants_.end()) return;
      value = known->second;
    }
    if (append) {
      auto known = constants_.find(name);
      if (known == constants_.end()) return;
      value = known->second + value;
    }
    if (value.size() > kConstantMax || constants_.size() >= kConstants) return;
    constants_[name] = std::move(value);
    tainted_.erase(name);
    return;
  }
  // array('a', 'b') and ['a', 'b']
  std::vector<std::string> list;
  bool is_list = end > from + 2 && (line_[from].is('[') || lower(line_[from].text) == "array");
  for (auto i = from + 1; is_list && i < end; ++i) {
    if (line_[i].kind == Kind::kString) list.push_back(line_[i].text);
    is_list = line_[i].kind == Kind::kString || line_[i].is(',') || line_[i].is(']') || line_[i].is('(') ||
              line_[i].is(')');
  }
  if (is_list && !list.empty() && list.size() <= 4096 && lists_.size() < kConstants)
    lists_[name] = std::move(list);
  if (!append) {
    constants_.erase(name);
    tainted_.erase(name);
  }
}

void PlainCode::end_statement(std::vector<std::string>& inner) {
  if (line_.empty()) return;
  if (!scopes_.empty() && line_.front().kind == Kind::kName && lower(line_.front().text) == "global") {
    for (const auto& token : line_)
      if (token.kind == Kind::kVariable && scopes_.front().outside.contains(token.text))
        tainted_.insert(token.text);
  }
  // foreach ($_POST as $key => $value)
  bool source = false;
  for (std::size_t i = 0; i < line_.size(); ++i) {
    if (line_[i].kind == Kind::kName && lower(line_[i].text) == "as" && source) {
      for (auto k = i + 1; k < line_.size() && k < i + 6; ++k)
        if (line_[k].kind == Kind::kVariable) tainted_.insert(line_[k].text);
    }
    source = source || is_source(line_[i]);
    bool compares =
        line_[i].is('=') && ((i + 1 < line_.size() && (line_[i + 1].is('=') || line_[i + 1].is('>'))) ||
                             (i > 0 && (line_[i - 1].is('=') || line_[i - 1].is('!') ||
                                        line_[i - 1].is('<') || line_[i - 1].is('>'))));
    if (line_[i].is('=') && i > 0 && !compares) learn_assignment(i);
    bool runs_text = line_[i].kind == Kind::kName && i + 2 < line_.size() && line_[i + 1].is('(') &&
                     line_[i + 2].kind == Kind::kString;
    if (runs_text && inner.size() < 64) {
      auto name = lower(line_[i].text);
      if ((name == "eval" || name == "assert") && line_[i + 2].text.size() > 4) {
        auto code = line_[i + 2].text;
        if (auto open = code.find("<?php"); open != std::string::npos) code = code.substr(open + 5);
        if (code.starts_with("?>")) code = code.substr(2);
        inner.push_back(code + ";");
      }
    }
  }
  write(0);
  line_.clear();
}

void PlainCode::write(std::size_t from) {
  char last = text_.empty() ? ' ' : text_.back();
  for (auto i = from; i < line_.size(); ++i) {
    const auto& token = line_[i];
    std::string piece = token.kind == Kind::kString      ? literal(token.text)
                        : token.kind == Kind::kTemplate  ? "\"" + token.text + "\""
                        : token.kind == Kind::kBackticks ? "shell_exec(\"" + token.text + "\")"
                                                         : token.text;
    if (piece.empty()) continue;
    auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    if (word(last) && (word(piece[0]) || piece[0] == '$')) text_ += ' ';
    text_ += piece;
    last = piece.back();
  }
  text_ += '\n';
}

}  // namespace vedette::files
