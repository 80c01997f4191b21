// PageBuilder: turns tokens into a Page. For read_page() only.
#pragma once

#include <string>
#include <vector>

#include "sites/html/element.h"
#include "sites/html/page_storage.h"
#include "sites/html/style.h"
#include "sites/html/tokenizer.h"

namespace vedette::sites {

class PageBuilder : public TokenHandler {
 public:
  PageBuilder(Page& page, const PageLimits& limits);
  void use(Tokenizer& tokenizer) { tokenizer_ = &tokenizer; }
  void finish();

  void on_start_tag(const StartTag& tag) override;
  void on_end_tag(const EndTag& tag) override;
  void on_text(std::string_view text, std::size_t offset) override;
  void on_comment(std::string_view text, std::size_t offset) override;
  void on_limit(TokenLimit limit, std::size_t offset) override;

 private:
  struct Open {
    std::string_view name, first_class, path;  // path: built when first asked for
    std::uint64_t code = 0;                    // packed name
    std::uint16_t hidden = kVisible;
    std::uint8_t traits = kInline;
    bool foreign = false;     // its content is SVG or MathML
    std::uint32_t block = 0;  // index of the innermost block-level element, itself included
    std::uint32_t background = kNoColour;
  };
  // The attributes that matter, by name; views as in the token.
  struct Attributes {
    std::string_view href, src, srcset, data, action, form_action, rel, type, name, content, http_equiv,
        style, classes, id, width, height, alt, title, poster, srcdoc, background, colour, bgcolour, value,
        placeholder, aria_label, property, charset, lang, code;
    bool hidden = false;
    bool has_srcdoc = false;
  };
  struct PathSlot {
    const char* parent = nullptr;
    std::string_view name, first_class, path;
  };
  static constexpr unsigned kPathSlotBits = 8;
  enum class Into { kBlocks, kTitle, kScript, kStyle, kNothing };
  static constexpr std::uint32_t kNoColour = 0xFFFFFFFF;

  Attributes sort(const StartTag& tag);
  void close_implied(std::uint64_t code, std::uint8_t traits);
  bool in_scope(std::uint64_t code, std::uint64_t stop, std::size_t& index) const;
  void keep_open();
  void pop_to(std::size_t size);
  std::uint16_t hidden_by(const StartTag& tag, const Attributes& attributes, Open& open) const;
  void collect(const StartTag& tag, const Attributes& attributes, std::uint64_t code, bool content);
  void collect_link(const StartTag& tag, const Attributes& attributes);
  void collect_meta(const StartTag& tag, const Attributes& attributes);
  void collect_handlers(const StartTag& tag);
  bool add_ref(RefKind kind, std::string_view url, std::string_view text, std::string_view rel,
               std::size_t offset);
  void add_text_of(std::string_view element, std::string_view name, std::string_view text,
                   std::size_t offset);
  void add_anchor_words(std::string_view words);
  void add_words(std::string_view text, std::size_t offset);
  void end_block();
  void end_anchor();
  void end_raw();
  std::string_view keep(std::string_view text);
  std::string_view path_of(std::size_t index);
  std::string_view path_here() { return path_of(stack_.size() - 1); }
  const Open& top() const { return stack_.back(); }
  bool room(std::size_t size, std::size_t limit, std::uint64_t& cut) const;

  Page& page_;
  const PageLimits limits_;
  Tokenizer* tokenizer_ = nullptr;
  std::vector<Open> stack_;  // [0] is the document itself
  std::size_t beyond_ = 0;   // open elements that found no room
  HiddenNames hidden_names_;
  std::vector<PathSlot> paths_;  // built ones, by a hash; a later one takes the slot
  Into into_ = Into::kBlocks;
  std::string text_;  // of the block under construction, white space collapsed
  bool space_ = false;
  std::uint32_t text_offset_ = 0, text_link_bytes_ = 0;
  std::uint16_t text_hidden_ = kVisible;
  std::size_t anchor_ = std::string::npos;  // index in refs of the open <a>
  bool in_anchor_ = false, title_seen_ = false;
  std::string anchor_text_;
  std::string raw_;  // of script, style, title
  std::string_view raw_view_;
  std::uint32_t raw_offset_ = 0;
  std::string_view script_type_, raw_path_;
};

}  // namespace vedette::sites
