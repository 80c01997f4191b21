// Tokenizer: the tokenization stage of the HTML standard (https://html.spec.whatwg.org/#tokenization) as a
// push parser. It serves whoever looks at a page without building a tree: input in any split goes into
// feed(), tokens come out of a TokenHandler while feed() or finish() runs.
//
// Input is UTF-8 and hostile. Time is linear in the input whatever it holds (operations() proves it), memory
// is bounded by Limits::token_bytes and Limits::attributes, and every limit that cuts something off is
// reported. Bytes that are not valid UTF-8 pass through unchanged: decode (page.h does) before tokenizing.
//
// There is no tree builder, so after a start tag the tokenizer itself enters RCDATA (title, textarea),
// RAWTEXT (style, xmp, iframe, noembed, noframes), script data (script) or PLAINTEXT (plaintext), and leaves
// it at the appropriate end tag. The content of noscript is tokenized as markup. In SVG or MathML content
// call set_foreign(true): there these names mean nothing and CDATA sections exist.
//
// One tokenizer belongs to one thread. Views handed to the handler are valid during the call only, except
// those that lie inside the chunk given to feed(), which live as long as that chunk: feeding a whole page as
// one chunk makes almost everything zero-copy.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::sites {

struct Attribute {
  std::string_view name;  // ASCII letters in lower case
  std::string_view value;
};

// The first of several attributes with one name counts; the others are dropped, as browsers do.
struct StartTag {
  std::string_view name;  // ASCII letters in lower case
  std::span<const Attribute> attributes;
  bool self_closing = false;
  std::size_t offset = 0;  // of the '<', in bytes since the first feed()

  const Attribute* find(std::string_view name) const;
  std::string_view value(std::string_view name) const;  // empty if there is none
};

struct EndTag {
  std::string_view name;
  std::size_t offset = 0;
};

struct Doctype {
  std::optional<std::string_view> name, public_id, system_id;
  bool force_quirks = false;
  std::size_t offset = 0;
};

enum class TokenLimit {
  kTotalBytes,      // the rest of the input is ignored
  kTokenBytes,      // the rest of this tag, comment or doctype is dropped
  kAttributes,      // further attributes of this tag are dropped
  kAttributeBytes,  // the rest of this name or value is dropped
};
inline constexpr std::size_t kTokenLimits = 4;

struct TokenizerLimits {
  std::size_t total_bytes = 64u << 20;
  std::size_t token_bytes = 4u << 20;
  std::size_t attributes = 512;
  std::size_t attribute_bytes = 2u << 20;
};

// The names are those of the standard's parse errors.
enum class ParseError : std::uint8_t;
std::string_view to_string(ParseError error);

class TokenHandler {
 public:
  virtual ~TokenHandler() = default;
  virtual void on_start_tag(const StartTag& tag) = 0;
  virtual void on_end_tag(const EndTag& tag) = 0;
  // Character tokens. One stretch of text may come in several calls: it is split where the bytes had to be
  // changed (character references, CR, NUL) and at the end of a chunk.
  virtual void on_text(std::string_view text, std::size_t offset) = 0;
  virtual void on_comment(std::string_view text, std::size_t offset) = 0;
  virtual void on_doctype(const Doctype&) {}
  // At most once for each limit and token.
  virtual void on_limit(TokenLimit, std::size_t /*offset*/) {}
  // Only with TokenizerOptions::report_errors.
  virtual void on_error(ParseError, std::size_t /*offset*/) {}
};

enum class ContentModel { kData, kRcdata, kRawtext, kScriptData, kPlaintext, kCdata };

struct TokenizerOptions {
  TokenizerLimits limits;
  bool report_errors = false;
  bool switch_content_model = true;  // after start tags, as described above
  ContentModel initial = ContentModel::kData;
  std::string last_start_tag;  // the element around a fragment
};

class Tokenizer {
 public:
  explicit Tokenizer(TokenHandler& handler, TokenizerOptions options = {});

  void feed(std::string_view chunk);
  void finish();  // the input ends here; feed() must not follow

  // To be called from the handler's on_start_tag/on_end_tag: are we in SVG or MathML content from here on?
  void set_foreign(bool foreign) { foreign_ = foreign; }

  std::uint64_t limit_hits(TokenLimit limit) const { return limit_hits_[static_cast<std::size_t>(limit)]; }
  std::uint64_t bytes() const { return consumed_; }
  // Bytes looked at and comparisons made so far: a measure of work that does not depend on the machine.
  std::uint64_t operations() const { return operations_; }

 private:
  enum class State : std::uint8_t;
  // Text under construction: a view into the chunk as long as it can be, else a stretch of arena_.
  struct Piece {
    const char* view = nullptr;  // null: in arena_ at `at`
    std::size_t at = 0, size = 0;
  };
  struct PendingAttribute {
    Piece name, value;
  };
  struct HashSlot {
    std::uint32_t epoch = 0, hash = 0, index = 0;
  };

  void run();
  bool scan_run();
  void plain_tag();
  bool plain_attribute();
  bool step(int c);
  bool step_data(int c);
  bool step_tag(int c);
  bool step_attribute(int c);
  bool step_raw_text(int c);
  bool step_script(int c);
  bool step_comment(int c);
  bool step_markup_declaration(int c);
  bool step_doctype_start(int c);
  bool step_doctype_ids(int c);
  bool step_reference(int c);
  bool step_numeric_reference(int c);

  bool in_chunk(std::string_view run) const;
  std::string_view recent(std::string_view literal) const;
  void add_char(int c);
  void add_text(std::string_view text);
  void add_literal(std::string_view literal);
  void add_replacement();
  void flush_text();

  void begin_piece(Piece& piece);
  void append(Piece& piece, std::string_view run, TokenLimit limit);
  void append_byte(Piece& piece, int c, TokenLimit limit);
  void append_lower(Piece& piece, int c, TokenLimit limit);
  void append_value(int c);
  void append_value_run(std::string_view run);
  void spill(Piece& piece);
  void spill_all();
  std::string_view view_of(const Piece& piece) const;

  void begin_token();
  void begin_tag(bool end_tag);
  void begin_comment(std::size_t back);
  void begin_comment_at(std::size_t offset);
  void begin_doctype();
  void begin_attribute();
  void end_attribute_name();
  bool is_duplicate(std::string_view name);
  void emit_tag();
  void emit_comment();
  void emit_doctype();
  void begin_reference(State back);
  void finish_named_reference(int next);
  void finish_numeric_reference(bool closed);
  void flush_reference(std::string_view text);
  bool in_attribute() const;
  std::uint64_t offset() const { return consumed_ + static_cast<std::uint64_t>(at_ - begin_); }
  void limit_hit(TokenLimit limit);
  void error(ParseError error, std::ptrdiff_t back = 0);
  void report_stream_errors(std::string_view chunk);

  TokenHandler& handler_;
  const TokenizerOptions options_;
  State state_, return_state_;
  bool foreign_ = false, skip_line_feed_ = false, finished_ = false, stopped_ = false;

  const char *begin_ = "", *at_ = begin_, *end_ = begin_;  // the chunk
  std::uint64_t consumed_ = 0;                             // bytes before begin_
  std::uint64_t operations_ = 0;
  std::array<std::uint64_t, kTokenLimits> limit_hits_{};
  unsigned reported_limits_ = 0;  // for the current token, a bit each

  const char *text_begin_ = nullptr, *text_end_ = nullptr;  // text not handed on yet
  std::string arena_;                                       // of the current token
  std::string temporary_;                                   // the standard's temporary buffer
  std::string last_start_tag_;
  std::size_t token_offset_ = 0, token_size_ = 0;

  Piece tag_name_, comment_, doctype_name_, doctype_public_, doctype_system_;
  Piece scratch_name_;  // of the attribute whose name is being read
  bool has_name_ = false, has_public_ = false, has_system_ = false, force_quirks_ = false;
  bool end_tag_ = false, self_closing_ = false, keep_attribute_ = false;
  std::vector<PendingAttribute> attributes_;
  std::vector<Attribute> ready_;
  std::size_t spilled_ = 0;      // attributes before this index lie in arena_ entirely
  std::vector<HashSlot> slots_;  // names of the current tag, once there are many
  std::uint32_t epoch_ = 0;

  std::size_t ref_low_ = 0, ref_high_ = 0, ref_best_ = 0, ref_best_size_ = 0;
  std::uint32_t ref_code_ = 0;
};

}  // namespace vedette::sites
