#include "base/text/lexicon.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <numeric>

#include "base/text/fold.h"
#include "base/text/fold_table.h"
#include "base/text/utf8.h"

namespace vedette {
namespace {

constexpr std::size_t kPhraseBytesMax = 200;  // folded; a hit's beginning is found in a ring of this size
constexpr std::size_t kRing = 256;
constexpr std::size_t kEntriesMax = 8000;
constexpr std::uint32_t kGapWordsMin = 1, kGapWordsMax = 3;  // what "*" stands for
static_assert(kPhraseBytesMax + 2 <= kRing);

// Scripts that write words without spaces between them.
bool runs_on(std::uint32_t c) {
  return (c >= 0x0E00 && c <= 0x0EFF) || (c >= 0x1000 && c <= 0x109F) || (c >= 0x1780 && c <= 0x17FF) ||
         (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x9FFF) || c >= 0x20000;
}

bool word_byte(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '@' || c == '$'; }

// Calls f(byte, offset) for the text with every stretch between words as one space, and one at each end.
template <class F>
void each_byte(std::string_view text, F&& f) {
  const FoldTable& table = FoldTable::get();
  f(' ', 0u);
  bool space = true;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    bool word = false;
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      word = word_byte(text[at++]);
    } else {
      word = table.of(next_utf8(text, at)).word;
    }
    if (word) {
      for (std::size_t i = from; i < at; ++i) f(text[i], static_cast<std::uint32_t>(i));
    } else if (!space) {
      f(' ', static_cast<std::uint32_t>(from));
    }
    space = !word;
  }
  if (!space) f(' ', static_cast<std::uint32_t>(text.size()));
}

std::string words_of(std::string_view phrase) {
  std::string out;
  each_byte(fold_text(phrase), [&](char c, std::uint32_t) { out += c; });
  return out;  // " hacked by "
}

}  // namespace

struct Lexicon::Automaton {
  struct Pattern {
    std::uint32_t entry = 0;
    std::uint16_t part = 0, parts = 1;           // of a phrase with "*"
    std::uint16_t size = 0, lead = 0, tail = 0;  // lead and tail: the boundary space that is part of it
    std::uint32_t slot = 0;                      // where find() keeps the progress of a phrase with "*"
    bool needs_word = false;                     // "*" at the end: a word must follow
  };
  struct State {
    std::uint32_t first_child = 0, fail = 0;
    std::int32_t output = -1;      // first in outputs
    std::int32_t fail_output = 0;  // the next state on the way down that has outputs
    std::uint16_t children = 0;    // at most 256
  };
  struct Output {
    std::uint32_t pattern;
    std::int32_t next;
  };

  std::vector<LexiconEntry> entries;
  std::vector<Pattern> patterns;
  std::vector<Output> outputs;
  std::vector<State> states;
  std::vector<char> bytes;                // that lead to each state from its parent
  std::array<std::uint32_t, 256> root{};  // the first step
  std::uint32_t slots = 0;

  Result<void> add(LexiconEntry entry, std::vector<std::string>& words);
  void build(const std::vector<std::string>& words);
  std::uint32_t child(std::uint32_t state, char byte) const;  // 0: none
  std::uint32_t step(std::uint32_t state, char byte) const;
};

Result<void> Lexicon::Automaton::add(LexiconEntry entry, std::vector<std::string>& words) {
  const auto wrong = [&](std::string_view why) {
    return fail(ErrorCode::kInvalid, fmt::format("phrase \"{}\": {}", entry.phrase, why));
  };
  if (entries.size() >= kEntriesMax) return fail(ErrorCode::kLimit, "too many phrases");
  std::vector<std::string> parts;
  bool needs_word = false;
  for (std::string_view rest = entry.phrase;;) {
    const std::size_t star = rest.find('*');
    const std::string_view part = rest.substr(0, star);
    if (part.find_first_not_of(' ') != std::string_view::npos) {
      parts.emplace_back(part);
    } else if (parts.empty()) {
      return wrong("must not begin with *");
    } else {
      needs_word = true;
    }
    if (star == std::string_view::npos) break;
    rest.remove_prefix(star + 1);
    if (rest.find_first_not_of(' ') == std::string_view::npos) {
      needs_word = true;
      break;
    }
  }
  const auto index = static_cast<std::uint32_t>(entries.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::string part = parts[i];
    while (part.ends_with(' ')) part.pop_back();
    const bool open = part.ends_with('~');
    if (open) part.pop_back();
    if (part.find('~') != std::string::npos)
      return wrong("~ stands only at the end of the phrase or before *");
    std::string bytes = words_of(part);
    if (bytes.size() < 3) return wrong("says nothing once folded");
    if (bytes.size() > kPhraseBytesMax) return wrong("is too long");
    Pattern pattern{
        index, static_cast<std::uint16_t>(i),      static_cast<std::uint16_t>(parts.size()), 0, 1, 1,
        slots, needs_word && i + 1 == parts.size()};
    std::size_t at = 1;
    const std::uint32_t first = next_utf8(bytes, at);
    std::size_t last_at = bytes.size() - 2;
    while (last_at > 1 && (static_cast<unsigned char>(bytes[last_at]) & 0xC0) == 0x80) --last_at;
    const std::uint32_t last = next_utf8(bytes, last_at);
    if (runs_on(last) || open) {
      bytes.pop_back();
      pattern.tail = 0;
    }
    if (runs_on(first)) {
      bytes.erase(0, 1);
      pattern.lead = 0;
    }
    pattern.size = static_cast<std::uint16_t>(bytes.size());
    patterns.push_back(pattern);
    words.push_back(std::move(bytes));
  }
  if (parts.size() > 1) slots += static_cast<std::uint32_t>(parts.size());
  entries.push_back(std::move(entry));
  return {};
}

std::uint32_t Lexicon::Automaton::child(std::uint32_t state, char byte) const {
  const State& s = states[state];
  if (s.children == 0) return 0;
  const char* begin = bytes.data() + s.first_child;
  const auto* found = static_cast<const char*>(std::memchr(begin, byte, s.children));
  return found == nullptr ? 0 : s.first_child + static_cast<std::uint32_t>(found - begin);
}

std::uint32_t Lexicon::Automaton::step(std::uint32_t state, char byte) const {
  while (state != 0) {
    if (const std::uint32_t to = child(state, byte); to != 0) return to;
    state = states[state].fail;
  }
  return root[static_cast<unsigned char>(byte)];
}

// Aho and Corasick, "Efficient string matching: an aid to bibliographic search" (1975), with fail links: a
// table of all transitions would be forty times as large. States are numbered level by level, so that the
// children of one have numbers that follow each other.
void Lexicon::Automaton::build(const std::vector<std::string>& words) {
  std::vector<std::uint32_t> order(words.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t i) -> const std::string& { return words[i]; });
  struct Stretch {  // of the words in order: those that begin with what leads to the state
    std::size_t from, to;
  };
  std::deque<Stretch> queue{{0, order.size()}};
  states.emplace_back();
  bytes.push_back(0);
  std::size_t depth = 0, level_ends = 1;
  for (std::uint32_t state = 0; !queue.empty(); ++state) {
    if (state == level_ends) {
      ++depth;
      level_ends = states.size();
    }
    auto [from, to] = queue.front();
    queue.pop_front();
    for (; from < to && words[order[from]].size() == depth; ++from) {
      outputs.push_back({order[from], states[state].output});
      states[state].output = static_cast<std::int32_t>(outputs.size() - 1);
    }
    states[state].first_child = static_cast<std::uint32_t>(states.size());
    while (from < to) {
      const char byte = words[order[from]][depth];
      std::size_t end = from;
      while (end < to && words[order[end]][depth] == byte) ++end;
      const auto made = static_cast<std::uint32_t>(states.size());
      states.emplace_back();
      bytes.push_back(byte);
      ++states[state].children;
      queue.push_back({from, end});
      from = end;
      // What leads there lies above, so it is complete.
      if (state == 0) {
        root[static_cast<unsigned char>(byte)] = made;
      } else {
        states[made].fail = step(states[state].fail, byte);
      }
    }
    const State& down = states[states[state].fail];
    states[state].fail_output =
        down.output >= 0 ? static_cast<std::int32_t>(states[state].fail) : down.fail_output;
  }
  states.shrink_to_fit();
  bytes.shrink_to_fit();
}

Lexicon::Lexicon(std::unique_ptr<Automaton> automaton) : automaton_(std::move(automaton)) {}
Lexicon::Lexicon(Lexicon&&) noexcept = default;
Lexicon& Lexicon::operator=(Lexicon&&) noexcept = default;
Lexicon::~Lexicon() = default;

Result<Lexicon> Lexicon::parse(std::span<const std::pair<std::string_view, std::string_view>> sources) {
  auto automaton = std::make_unique<Automaton>();
  std::vector<std::string> words;
  for (const auto& [file, text] : sources) {
    const auto wrong = [&](const toml::node& node, std::string_view why) {
      return fail(ErrorCode::kInvalid, fmt::format("{}: line {}: {}", file, node.source().begin.line, why));
    };
    toml::table document;
    try {
      document = toml::parse(text, file);
    } catch (const toml::parse_error& error) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("{}: line {}: {}", file, error.source().begin.line, error.description()));
    }
    for (const auto& [key, node] : document) {
      const toml::array* groups = node.as_array();
      if (key.str() != "group" || groups == nullptr) return wrong(node, "only [[group]] is known here");
      for (const toml::node& item : *groups) {
        const toml::table* group = item.as_table();
        if (group == nullptr) return wrong(item, "[[group]] must be a table");
        LexiconEntry entry;
        entry.category = (*group)["category"].value_or(std::string());
        entry.language = (*group)["language"].value_or(std::string());
        entry.note = (*group)["note"].value_or(std::string());
        const std::string weight = (*group)["weight"].value_or(std::string());
        if (entry.category.empty() || entry.language.empty())
          return wrong(item, "category and language are needed");
        if (weight != "strong" && weight != "weak")
          return wrong(item, "weight must be \"strong\" or \"weak\"");
        entry.strength = weight == "strong" ? Strength::kStrong : Strength::kWeak;
        const toml::array* phrases = (*group)["phrases"].as_array();
        if (phrases == nullptr || phrases->empty()) return wrong(item, "phrases must be a list of strings");
        for (const toml::node& phrase : *phrases) {
          const auto text_of = phrase.value<std::string>();
          if (!text_of.has_value()) return wrong(phrase, "a phrase must be a string");
          entry.phrase = *text_of;
          if (auto added = automaton->add(entry, words); !added.has_value()) {
            return wrong(phrase, added.error().message());
          }
        }
      }
    }
  }
  automaton->build(words);
  return Lexicon(std::move(automaton));
}

std::vector<LexiconHit> Lexicon::find(std::string_view folded, std::size_t hits_max) const {
  const Automaton& a = *automaton_;
  std::vector<LexiconHit> hits;
  struct Progress {
    std::uint32_t word_end = 0, start = 0;
    bool seen = false;
  };
  std::vector<Progress> progress;
  std::array<std::uint32_t, kRing> offsets{};
  std::array<std::uint32_t, kRing> word_numbers{};
  std::uint32_t state = 0, words = 0;
  std::size_t position = 0;

  const auto report = [&](std::uint32_t index, std::uint32_t end) {
    const Automaton::Pattern& pattern = a.patterns[index];
    const std::size_t first = position - pattern.size + pattern.lead;  // in the stream
    std::uint32_t start = offsets[first % kRing];
    if (pattern.needs_word && end >= folded.size()) return;
    const std::uint32_t word_start = word_numbers[first % kRing];
    const std::uint32_t word_end = words - pattern.tail;  // of the last word
    if (pattern.parts > 1) {
      if (progress.empty()) progress.resize(a.slots);
      if (pattern.part > 0) {
        const Progress& before = progress[pattern.slot + pattern.part - 1];
        if (!before.seen || word_start < before.word_end + 1 + kGapWordsMin ||
            word_start > before.word_end + 1 + kGapWordsMax) {
          return;
        }
        start = before.start;
      }
      progress[pattern.slot + pattern.part] = {word_end, start, true};
      if (pattern.part + 1 < pattern.parts) return;
    }
    hits.push_back({start, end - start, &a.entries[pattern.entry]});
  };

  each_byte(folded, [&](char c, std::uint32_t offset) {
    offsets[position % kRing] = offset;
    if (c == ' ') ++words;
    word_numbers[position % kRing] = words;
    ++position;
    state = a.step(state, c);
    for (std::int32_t s = a.states[state].output >= 0 ? static_cast<std::int32_t>(state)
                                                      : a.states[state].fail_output;
         s > 0; s = a.states[static_cast<std::size_t>(s)].fail_output) {
      for (std::int32_t o = a.states[static_cast<std::size_t>(s)].output; o >= 0;
           o = a.outputs[static_cast<std::size_t>(o)].next) {
        if (hits.size() >= hits_max) return;
        const std::uint32_t pattern = a.outputs[static_cast<std::size_t>(o)].pattern;
        report(pattern, offset + (a.patterns[pattern].tail == 0 ? 1u : 0u));
      }
    }
  });
  return hits;
}

bool Lexicon::contains(std::string_view folded) const { return !find(folded, 1).empty(); }

const std::vector<LexiconEntry>& Lexicon::entries() const { return automaton_->entries; }

}  // namespace vedette
