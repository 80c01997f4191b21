#include "sites/html/tokenizer.h"

#include <bit>
#include <cstring>
#include <functional>
#include <random>

#include "base/assert.h"
#include "base/text/utf8.h"
#include "sites/html/parse_error.h"
#include "sites/html/tokenizer_state.h"

namespace vedette::sites {
namespace {

// Above this many attributes names are looked up in a hash table instead of one by one.
constexpr std::size_t kLinearAttributes = 12;

// A page must not be able to choose names that collide: keyed with a number drawn once per process.
std::uint32_t hash_name(std::string_view name) {
  static const std::uint64_t key =
      (static_cast<std::uint64_t>(std::random_device{}()) << 32) | std::random_device{}() | 1u;
  std::uint64_t hash = key ^ name.size();
  while (!name.empty()) {
    const std::size_t size = std::min<std::size_t>(8, name.size());
    std::uint64_t word = 0;
    std::memcpy(&word, name.data(), size);
    name.remove_prefix(size);
    const unsigned __int128 product =
        static_cast<unsigned __int128>(hash ^ word) * (key | 0x9E3779B97F4A7C15ull);
    hash = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }
  return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}

}  // namespace

const Attribute* StartTag::find(std::string_view wanted) const {
  for (const Attribute& attribute : attributes) {
    if (attribute.name == wanted) return &attribute;
  }
  return nullptr;
}

std::string_view StartTag::value(std::string_view wanted) const {
  const Attribute* attribute = find(wanted);
  return attribute == nullptr ? std::string_view() : attribute->value;
}

Tokenizer::Tokenizer(TokenHandler& handler, TokenizerOptions options)
    : handler_(handler), options_(std::move(options)), last_start_tag_(options_.last_start_tag) {
  switch (options_.initial) {
    case ContentModel::kData:
      state_ = State::kData;
      break;
    case ContentModel::kRcdata:
      state_ = State::kRcdata;
      break;
    case ContentModel::kRawtext:
      state_ = State::kRawtext;
      break;
    case ContentModel::kScriptData:
      state_ = State::kScriptData;
      break;
    case ContentModel::kPlaintext:
      state_ = State::kPlaintext;
      break;
    case ContentModel::kCdata:
      state_ = State::kCdata;
      break;
  }
  return_state_ = state_;
}

void Tokenizer::feed(std::string_view chunk) {
  VEDETTE_ASSERT(!finished_);
  const std::uint64_t room =
      options_.limits.total_bytes - std::min<std::uint64_t>(consumed_, options_.limits.total_bytes);
  if (chunk.size() > room) {
    chunk = chunk.substr(0, room);
    if (!stopped_) {
      stopped_ = true;
      ++limit_hits_[static_cast<std::size_t>(TokenLimit::kTotalBytes)];
      handler_.on_limit(TokenLimit::kTotalBytes, options_.limits.total_bytes);
    }
  }
  if (chunk.empty()) return;
  if (options_.report_errors) report_stream_errors(chunk);
  begin_ = at_ = chunk.data();
  end_ = begin_ + chunk.size();
  run();
  flush_text();
  spill_all();
  consumed_ += chunk.size();
  begin_ = at_ = end_ = "";
}

void Tokenizer::finish() {
  VEDETTE_ASSERT(!finished_);
  finished_ = true;
  // Each state gives up what it holds and passes the end on; the longest way is reference → value → end.
  for (int i = 0; i < 8 && !step(kEof); ++i) {
  }
  flush_text();
}

bool Tokenizer::step(int c) {
  ++operations_;
  if (state_ <= State::kCdataEnd) return step_data(c);
  if (state_ <= State::kSelfClosing) return step_tag(c);
  if (state_ <= State::kAfterValueQuoted) return step_attribute(c);
  if (state_ <= State::kRawEndName) return step_raw_text(c);
  if (state_ <= State::kScriptDoubleEscapeEnd) return step_script(c);
  if (state_ <= State::kCommentEndBang) return step_comment(c);
  if (state_ <= State::kDoctypeKeyword) return step_doctype_start(c);
  if (state_ <= State::kBogusDoctype) return step_doctype_ids(c);
  if (state_ <= State::kAmbiguousAmpersand) return step_reference(c);
  return step_numeric_reference(c);
}

void Tokenizer::run() {
  while (at_ < end_) {
    if (skip_line_feed_) {
      skip_line_feed_ = false;
      if (*at_ == '\n') {
        ++at_;
        continue;
      }
    }
    if (*at_ == '<' && state_ == State::kData && end_ - at_ > 2) {
      const bool end_tag = at_[1] == '/';
      const char* name = at_ + (end_tag ? 2 : 1);
      if (is_alpha(static_cast<unsigned char>(*name))) {
        operations_ += static_cast<std::size_t>(name - at_);
        at_ = name;
        begin_tag(end_tag);
        plain_tag();
        continue;
      }
    }
    if (scan_run()) continue;
    const bool carriage_return = *at_ == '\r';
    if (carriage_return && end_ - at_ > 1 && at_[1] == '\n') {
      ++at_;
      continue;
    }
    if (step(carriage_return ? '\n' : static_cast<unsigned char>(*at_))) {
      skip_line_feed_ = carriage_return;
      ++at_;
    }
  }
}

bool Tokenizer::in_chunk(std::string_view run) const {
  const std::less_equal<const char*> at_most;
  return at_most(begin_, run.data()) && at_most(run.data() + run.size(), end_);
}

// The bytes just before the current one, if they are `literal`: text that turned out to be text after all
// stays a view.
std::string_view Tokenizer::recent(std::string_view literal) const {
  if (static_cast<std::size_t>(at_ - begin_) < literal.size()) return literal;
  const char* from = at_ - literal.size();
  return std::memcmp(from, literal.data(), literal.size()) == 0 ? std::string_view(from, literal.size())
                                                                : literal;
}

void Tokenizer::add_char(int c) {
  const char byte = static_cast<char>(c);
  add_text(at_ < end_ && *at_ == byte ? std::string_view(at_, 1) : std::string_view(&byte, 1));
}

void Tokenizer::add_literal(std::string_view literal) { add_text(recent(literal)); }

void Tokenizer::add_replacement() {
  error(ParseError::kUnexpectedNullCharacter);
  add_text(kReplacementText);
}

void Tokenizer::add_text(std::string_view text) {
  if (text.empty()) return;
  if (!in_chunk(text)) {
    flush_text();
    handler_.on_text(text, static_cast<std::size_t>(offset()));
    return;
  }
  if (text.data() != text_end_) {
    flush_text();
    text_begin_ = text.data();
  }
  text_end_ = text.data() + text.size();
}

void Tokenizer::flush_text() {
  if (text_begin_ == nullptr) return;
  const std::string_view text(text_begin_, static_cast<std::size_t>(text_end_ - text_begin_));
  const std::uint64_t at = consumed_ + static_cast<std::uint64_t>(text_begin_ - begin_);
  text_begin_ = text_end_ = nullptr;
  handler_.on_text(text, static_cast<std::size_t>(at));
}

void Tokenizer::begin_piece(Piece& piece) { piece = {nullptr, arena_.size(), 0}; }

std::string_view Tokenizer::view_of(const Piece& piece) const {
  if (piece.view != nullptr) return {piece.view, piece.size};
  if (piece.size == 0) return {};
  return std::string_view(arena_).substr(piece.at, piece.size);
}

void Tokenizer::append(Piece& piece, std::string_view run, TokenLimit limit) {
  const TokenizerLimits& limits = options_.limits;
  if (token_size_ + run.size() > limits.token_bytes) {
    run = run.substr(0, limits.token_bytes - token_size_);
    limit_hit(TokenLimit::kTokenBytes);
  }
  if (limit == TokenLimit::kAttributeBytes && piece.size + run.size() > limits.attribute_bytes) {
    run = run.substr(0, limits.attribute_bytes - std::min(piece.size, limits.attribute_bytes));
    limit_hit(limit);
  }
  if (run.empty()) return;
  token_size_ += run.size();
  if (piece.size == 0) piece.at = arena_.size();
  if (in_chunk(run)) {
    if (piece.size == 0) {
      piece = {run.data(), 0, run.size()};
      return;
    }
    if (piece.view != nullptr && piece.view + piece.size == run.data()) {
      piece.size += run.size();
      return;
    }
  }
  spill(piece);
  if (piece.at + piece.size != arena_.size()) {  // others were put behind it when a chunk ended
    const std::size_t at = arena_.size();
    arena_.resize(at + piece.size);
    std::memcpy(arena_.data() + at, arena_.data() + piece.at, piece.size);
    piece.at = at;
  }
  arena_ += run;
  piece.size += run.size();
}

void Tokenizer::append_byte(Piece& piece, int c, TokenLimit limit) {
  const char byte = static_cast<char>(c);
  append(piece, at_ < end_ && *at_ == byte ? std::string_view(at_, 1) : std::string_view(&byte, 1), limit);
}

void Tokenizer::append_lower(Piece& piece, int c, TokenLimit limit) {
  append_byte(piece, static_cast<unsigned char>(is_upper(c) ? to_lower(c) : static_cast<char>(c)), limit);
}

void Tokenizer::append_value(int c) {
  if (c == 0) {
    error(ParseError::kUnexpectedNullCharacter);
    append_value_run(kReplacementText);
  } else if (keep_attribute_) {
    append_byte(attributes_.back().value, c, TokenLimit::kAttributeBytes);
  }
}

void Tokenizer::append_value_run(std::string_view run) {
  if (keep_attribute_) append(attributes_.back().value, run, TokenLimit::kAttributeBytes);
}

void Tokenizer::spill(Piece& piece) {
  if (piece.view == nullptr) return;
  const std::size_t at = arena_.size();
  arena_.append(piece.view, piece.size);
  piece.view = nullptr;
  piece.at = at;
}

// Before the chunk goes away. Each piece is copied once, so that feeding single bytes stays linear. The piece
// under construction may then lie before others; append() moves it to the end once.
void Tokenizer::spill_all() {
  for (Piece* piece : {&tag_name_, &comment_, &doctype_name_, &doctype_public_, &doctype_system_})
    spill(*piece);
  for (; spilled_ < attributes_.size(); ++spilled_) {
    spill(attributes_[spilled_].name);
    spill(attributes_[spilled_].value);
  }
  if (spilled_ > 0) --spilled_;  // its value may begin in the next chunk
  if (!attributes_.empty()) spill(attributes_.back().value);
  spill(scratch_name_);
}

void Tokenizer::begin_token() {
  arena_.clear();
  token_size_ = 0;
  reported_limits_ = 0;
  for (Piece* piece :
       {&tag_name_, &comment_, &doctype_name_, &doctype_public_, &doctype_system_, &scratch_name_}) {
    *piece = {};
  }
}

void Tokenizer::begin_tag(bool end_tag) {
  begin_token();
  token_offset_ = static_cast<std::size_t>(offset()) - (end_tag ? 2 : 1);
  end_tag_ = end_tag;
  self_closing_ = false;
  attributes_.clear();
  spilled_ = 0;
  if (++epoch_ == 0) {  // the slots of four billion tags ago must not look like ours
    std::fill(slots_.begin(), slots_.end(), HashSlot{});
    epoch_ = 1;
  }
}

void Tokenizer::begin_comment(std::size_t back) {
  begin_comment_at(static_cast<std::size_t>(offset()) - back);
}

void Tokenizer::begin_comment_at(std::size_t at) {
  begin_token();
  token_offset_ = at;
}

void Tokenizer::begin_doctype() {
  begin_token();
  has_name_ = has_public_ = has_system_ = force_quirks_ = false;
}

void Tokenizer::begin_attribute() {
  keep_attribute_ = false;
  begin_piece(scratch_name_);
}

void Tokenizer::end_attribute_name() {
  const std::string_view name = view_of(scratch_name_);
  const bool cut = (reported_limits_ & (1u << static_cast<unsigned>(TokenLimit::kTokenBytes))) != 0;
  const bool duplicate = !cut && is_duplicate(name);
  keep_attribute_ = !cut && !duplicate && attributes_.size() < options_.limits.attributes;
  if (keep_attribute_) {
    attributes_.push_back({scratch_name_, {nullptr, arena_.size(), 0}});
  } else {
    if (duplicate) {
      error(ParseError::kDuplicateAttribute);
    } else {
      limit_hit(cut ? TokenLimit::kTokenBytes : TokenLimit::kAttributes);
    }
    token_size_ -= scratch_name_.size;
    const bool last = scratch_name_.view == nullptr && scratch_name_.at + scratch_name_.size == arena_.size();
    if (last) arena_.resize(scratch_name_.at);
  }
  scratch_name_ = {};
}

bool Tokenizer::is_duplicate(std::string_view name) {
  const auto same = [&](std::size_t index) { return view_of(attributes_[index].name) == name; };
  const std::size_t count = attributes_.size();
  if (count <= kLinearAttributes) {
    operations_ += count;
    for (std::size_t i = 0; i < count; ++i) {
      if (same(i)) return true;
    }
    if (count < kLinearAttributes) return false;
  }
  if (slots_.empty()) slots_.resize(std::bit_ceil(2 * options_.limits.attributes + 2 * kLinearAttributes));
  const auto find = [&](std::string_view key, std::size_t index, bool add) {
    const std::size_t mask = slots_.size() - 1;
    const std::uint32_t hash = hash_name(key);
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
      ++operations_;
      HashSlot& slot = slots_[at];
      if (slot.epoch != epoch_) {
        if (add) slot = {epoch_, hash, static_cast<std::uint32_t>(index)};
        return false;
      }
      if (slot.hash == hash && same(slot.index)) return true;
    }
  };
  if (count == kLinearAttributes) {  // the table takes over
    for (std::size_t i = 0; i < count; ++i) find(view_of(attributes_[i].name), i, true);
  }
  // end_attribute_name() adds the attribute unless the tag is full.
  return find(name, count, count < options_.limits.attributes);
}

void Tokenizer::emit_tag() {
  flush_text();
  state_ = State::kData;
  if (end_tag_) {
    if (!attributes_.empty()) error(ParseError::kEndTagWithAttributes);
    if (self_closing_) error(ParseError::kEndTagWithTrailingSolidus);
    handler_.on_end_tag({view_of(tag_name_), token_offset_});
    return;
  }
  ready_.clear();
  for (const PendingAttribute& attribute : attributes_) {
    ready_.push_back({view_of(attribute.name), view_of(attribute.value)});
  }
  const std::string_view name = view_of(tag_name_);
  const bool foreign = foreign_;  // where the tag stands; the handler may change it for the content
  handler_.on_start_tag({name, ready_, self_closing_, token_offset_});
  if (!options_.switch_content_model || foreign) return;
  if (name == "script") {
    state_ = State::kScriptData;
  } else if (name == "style" || name == "iframe" || name == "xmp" || name == "noembed" ||
             name == "noframes") {
    state_ = State::kRawtext;
  } else if (name == "title" || name == "textarea") {
    state_ = State::kRcdata;
  } else if (name == "plaintext") {
    state_ = State::kPlaintext;
  }
  if (state_ != State::kData) last_start_tag_ = name;
}

void Tokenizer::emit_comment() {
  flush_text();
  state_ = State::kData;
  handler_.on_comment(view_of(comment_), token_offset_);
}

void Tokenizer::emit_doctype() {
  flush_text();
  state_ = State::kData;
  Doctype doctype;
  if (has_name_) doctype.name = view_of(doctype_name_);
  if (has_public_) doctype.public_id = view_of(doctype_public_);
  if (has_system_) doctype.system_id = view_of(doctype_system_);
  doctype.force_quirks = force_quirks_;
  doctype.offset = token_offset_;
  handler_.on_doctype(doctype);
}

void Tokenizer::limit_hit(TokenLimit limit) {
  const unsigned bit = 1u << static_cast<unsigned>(limit);
  if ((reported_limits_ & bit) != 0) return;
  reported_limits_ |= bit;
  ++limit_hits_[static_cast<std::size_t>(limit)];
  handler_.on_limit(limit, static_cast<std::size_t>(offset()));
}

void Tokenizer::error(ParseError error, std::ptrdiff_t back) {
  if (options_.report_errors)
    handler_.on_error(error, static_cast<std::size_t>(offset()) - static_cast<std::size_t>(back));
}

void Tokenizer::report_stream_errors(std::string_view chunk) {
  for (std::size_t at = 0; at < chunk.size();) {
    const std::size_t from = at;
    const auto lead = static_cast<unsigned char>(chunk[at]);
    // Surrogates are no UTF-8, but a string of 16-bit units that was converted unit by unit holds them.
    if (lead == 0xED && chunk.size() - at >= 3 && static_cast<unsigned char>(chunk[at + 1]) >= 0xA0) {
      handler_.on_error(ParseError::kSurrogateInInputStream, static_cast<std::size_t>(consumed_) + from);
      at += 3;
      continue;
    }
    const std::uint32_t code = next_utf8(chunk, at);
    if ((code >= 0xFDD0 && code <= 0xFDEF) || (code & 0xFFFE) == 0xFFFE) {
      handler_.on_error(ParseError::kNoncharacterInInputStream, static_cast<std::size_t>(consumed_) + from);
    } else if ((code < 0x20 && code != 0 && code != 0x0D && !is_white(static_cast<int>(code))) ||
               (code >= 0x7F && code <= 0x9F)) {
      handler_.on_error(ParseError::kControlCharacterInInputStream,
                        static_cast<std::size_t>(consumed_) + from);
    }
  }
}

}  // namespace vedette::sites
