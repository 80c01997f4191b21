#include "base/text/fold.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text/fold_table.h"
#include "base/text/mojibake.h"
#include "base/text/utf8.h"

namespace vedette {
namespace {

constexpr std::size_t kJoinMin = 4;       // letters before spelt-out text counts as one word
constexpr std::size_t kSeparatorMax = 3;  // between two of them

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The letter a sign stands for inside a word; 0: none.
char leet_letter(char c) {
  switch (c) {
    case '0':
      return 'o';
    case '1':
    case '!':
      return 'i';
    case '3':
      return 'e';
    case '4':
    case '@':
      return 'a';
    case '5':
    case '$':
      return 's';
    case '7':
      return 't';
    default:
      return 0;
  }
}

class Folder {
 public:
  Folder(Folded& out, bool leet, bool collapse)
      : out_(out), text_(out.text), leet_(leet), collapse_(collapse) {}

  void run(std::string_view text) {
    const bool looks_only = only_lookalikes(text);
    std::size_t at = 0;
    while (at < text.size()) {
      const auto byte = static_cast<unsigned char>(text[at]);
      if (byte < 0x80) {
        ++at;
        ascii(static_cast<char>(byte));
      } else {
        other(next_utf8(text, at), looks_only);
      }
    }
    end_word();
    while (collapse_ && text_.ends_with(' ')) text_.pop_back();
  }

  const std::vector<std::size_t>& ones() const { return ones_; }

 private:
  // Cyrillic and Greek text has letters that look like no Latin one; a text without any is Latin in disguise.
  static bool only_lookalikes(std::string_view text) {
    const FoldTable& table = FoldTable::get();
    bool some = false;
    for (std::size_t at = 0; at < text.size();) {
      if (static_cast<unsigned char>(text[at]) < 0xCD) {  // below U+0340
        ++at;
        continue;
      }
      const std::uint32_t code = next_utf8(text, at);
      if (code < 0x370 || code >= 0x530) continue;
      if (table.of(code).look == 0) return false;
      some = true;
    }
    return some;
  }

  void ascii(char c) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (is_letter(c)) {
      put(c);
      ++letters_;
      return;
    }
    if (is_digit(c)) {
      put(c);
      ++signs_;
      return;
    }
    if (c == '@' || c == '$' || (c == '!' && letters_ > 0)) {
      put(c);
      ++signs_;
      return;
    }
    end_word();
    separator(c);
  }

  void separator(char c) {
    const bool white = c == ' ' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    if (!white) {
      text_ += c;
    } else if (!collapse_ || (!text_.empty() && text_.back() != ' ')) {
      text_ += ' ';
    }
  }

  void other(std::uint32_t code, bool looks_only) {
    const FoldedCode row = FoldTable::get().of(code);
    if (row.ignorable) {
      const bool selector = code >= 0xFE00 && code <= 0xFE0F;
      if (!selector && !text_.empty() && is_letter(text_.back())) ++out_.zero_width;
      return;
    }
    if (row.to == 0) return;  // an accent
    if (row.to == ' ') {
      end_word();
      return separator(' ');
    }
    if (!row.word) {
      end_word();
      if (collapse_ && code >= 0x80 && code < 0xA0) return;
    }
    if (row.disguise) ++out_.homoglyphs;
    if (row.look != 0 && row.word) {
      if (looks_only) {
        put(row.look);
        ++letters_;
        ++out_.homoglyphs;
      } else {
        looks_.push_back({word_size(), row.look});
        word_started();
        append_utf8(text_, row.to);
        looks_.back().end = word_size();
      }
      return;
    }
    if (row.to != FoldedCode::kSeveral) {
      one(row.to, row.word);
      return;
    }
    std::uint32_t mapped[8];
    const int count = FoldTable::map(code, mapped);
    for (int i = 0; i < count; ++i) one(mapped[i], row.word);
  }

  void one(std::uint32_t code, bool word) {
    if (code < 0x80) return ascii(static_cast<char>(code));
    if (word) word_started();
    append_utf8(text_, code);
  }

  void put(char c) {
    word_started();
    text_ += c;
  }
  void word_started() {
    if (word_ == std::string::npos) word_ = text_.size();
  }
  std::size_t word_size() const { return word_ == std::string::npos ? 0 : text_.size() - word_; }

  void end_word() {
    if (word_ == std::string::npos) return;
    if (!looks_.empty() && letters_ > 0) undo_lookalikes();
    looks_.clear();
    if (leet_ && signs_ > 0) {
      // A closing "!" is punctuation.
      std::size_t end = text_.size();
      while (end > word_ && text_[end - 1] == '!') {
        --end;
        --signs_;
      }
      out_.leet += undo_leet(text_, word_, end, letters_, signs_, ones_);
    }
    word_ = std::string::npos;
    letters_ = signs_ = 0;
  }

  void undo_lookalikes() {
    std::string word;
    std::size_t from = 0;
    for (const Look& look : looks_) {
      word.append(text_, word_ + from, look.begin - from);
      word += look.letter;
      from = look.end;
      ++letters_;
      ++out_.homoglyphs;
    }
    word.append(text_, word_ + from);
    text_.replace(word_, std::string::npos, word);
  }

 public:
  // In a word that has more letters than signs, each sign that stands for a letter becomes it. Returns how
  // many.
  static std::uint32_t undo_leet(std::string& text, std::size_t begin, std::size_t end, std::size_t letters,
                                 std::size_t signs, std::vector<std::size_t>& ones) {
    if (letters < 2 || signs == 0 || signs > letters) return 0;
    std::uint32_t count = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const char letter = leet_letter(text[i]);
      if (letter == 0) continue;
      if (text[i] == '1') ones.push_back(i);
      text[i] = letter;
      ++count;
    }
    return count;
  }

 private:
  struct Look {
    std::size_t begin;
    char letter;
    std::size_t end = 0;
  };
  Folded& out_;
  std::string& text_;
  const bool leet_, collapse_;
  std::size_t word_ = std::string::npos;  // where the current word began
  std::size_t letters_ = 0, signs_ = 0;   // Latin letters and signs in it
  std::vector<Look> looks_;
  std::vector<std::size_t> ones_;
};

// Text with its spelt-out words joined; false: it has none. `text` is folded with its white space as it was.
bool join_spelt(std::string_view text, Folded& out) {
  const auto in_word = [&](std::size_t i) {
    const char c = text[i];
    return is_letter(c) || is_digit(c) || c == '@' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
  };
  const auto single = [&](std::size_t i) {  // a sign alone between separators
    return i < text.size() && in_word(i) && static_cast<unsigned char>(text[i]) < 0x80 &&
           (i == 0 || !in_word(i - 1)) && (i + 1 == text.size() || !in_word(i + 1));
  };
  const auto next_word = [&](std::size_t i) {
    while (i < text.size() && !in_word(i)) ++i;
    return i;
  };
  std::string& joined = out.joined;
  std::size_t copied = 0, at = 0;
  std::vector<std::size_t> ones;
  while (at < text.size()) {
    if (!single(at)) {
      ++at;
      continue;
    }
    // A group of single signs; the narrowest gap joins letters, a wider one parts words.
    std::size_t last = at, letters = 0, signs = 0, gap_min = kSeparatorMax;
    std::size_t next = at;
    std::vector<std::pair<std::size_t, std::size_t>> parts;  // position, gap before
    while (single(next) && (parts.empty() || next - last - 1 <= kSeparatorMax)) {
      const std::size_t gap = parts.empty() ? 0 : next - last - 1;
      if (!parts.empty()) gap_min = std::min(gap_min, gap);
      parts.emplace_back(next, gap);
      ++(is_letter(text[next]) ? letters : signs);
      last = next;
      next = next_word(next + 1);
    }
    at = last + 1;
    if (parts.size() < kJoinMin || letters < 2 || signs > letters) continue;
    joined += text.substr(copied, parts.front().first - copied);
    const std::size_t begin = joined.size();
    for (const auto& [position, gap] : parts) {
      if (gap > gap_min) joined += ' ';
      joined += text[position];
    }
    Folder::undo_leet(joined, begin, joined.size(), letters, signs, ones);
    copied = last + 1;
    ++out.spaced;
  }
  if (copied == 0) return false;
  joined += text.substr(copied);
  // The white space that was kept to find the gaps is not needed any more.
  joined.erase(std::unique(joined.begin(), joined.end(), [](char a, char b) { return a == ' ' && b == ' '; }),
               joined.end());
  return true;
}

// Three single letters in a row are worth a closer look.
bool may_be_spelt(std::string_view text) {
  std::size_t run = 0, width = 0;
  for (const char c : text) {
    if (is_letter(c) || is_digit(c) || c == '@' || c == '$' || static_cast<unsigned char>(c) >= 0x80) {
      ++width;
      continue;
    }
    if (width == 1 && ++run >= kJoinMin - 1) return true;
    if (width > 1) run = 0;
    width = 0;
  }
  return width == 1 && run + 1 >= kJoinMin;
}

}  // namespace

void fold_into(std::string_view text, Folded& out, const FoldOptions& options) {
  out.text.clear();
  out.joined.clear();
  out.alternative.clear();
  out.homoglyphs = out.zero_width = out.leet = out.spaced = out.repaired = 0;
  out.cut = text.size() > options.bytes_max;
  if (out.cut) {
    std::size_t end = options.bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text = text.substr(0, end);
  }
  std::string repaired;
  out.repaired = repair_mojibake(text, repaired);
  if (out.repaired > 0) text = repaired;
  out.text.reserve(text.size());
  Folder folder(out, options.leet, true);
  folder.run(text);
  if (!folder.ones().empty()) {
    out.alternative = out.text;
    for (const std::size_t at : folder.ones()) out.alternative[at] = 'l';
  }
  if (options.join_spaced && may_be_spelt(out.text)) {
    Folded wide;
    Folder again(wide, options.leet, false);
    again.run(text);
    join_spelt(wide.text, out);
  }
}

Folded fold(std::string_view text, const FoldOptions& options) {
  Folded out;
  fold_into(text, out, options);
  return out;
}

std::string fold_text(std::string_view text) {
  FoldOptions options;
  options.join_spaced = false;
  return fold(text, options).text;
}

}  // namespace vedette
