// Any bytes in any split give the same tokens, and work stays linear.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "sites/html/page.h"
#include "sites/html/tokenizer.h"

namespace {

using namespace vedette::sites;

class Recorder : public TokenHandler {
 public:
  std::string out;
  void on_start_tag(const StartTag& tag) override {
    add('<', tag.name);
    for (const Attribute& attribute : tag.attributes) {
      add(' ', attribute.name);
      add('=', attribute.value);
    }
    out += tag.self_closing ? "/>" : ">";
    text_ = false;
  }
  void on_end_tag(const EndTag& tag) override { add('/', tag.name); }
  void on_text(std::string_view text, std::size_t) override {
    if (!text_) out += "\nT";
    out += text;
    text_ = true;
  }
  void on_comment(std::string_view text, std::size_t) override { add('!', text); }
  void on_doctype(const Doctype& doctype) override { add('D', doctype.name.value_or("-")); }

 private:
  void add(char kind, std::string_view text) {
    text_ = false;
    (out += '\n') += kind;
    out += text;
  }
  bool text_ = false;
};

std::string tokens(std::string_view page, std::size_t step) {
  Recorder recorder;
  Tokenizer tokenizer(recorder);
  for (std::size_t at = 0; at < page.size(); at += step) {
    const std::string chunk(page.substr(at, step));  // gone after the call
    tokenizer.feed(chunk);
  }
  tokenizer.finish();
  VEDETTE_ASSERT(tokenizer.operations() <= 64 + 24 * page.size());
  return std::move(recorder.out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view page(reinterpret_cast<const char*>(data), size);
  if (page.empty()) return 0;
  const std::string whole = tokens(page, page.size());
  VEDETTE_ASSERT(tokens(page, 1) == whole);
  VEDETTE_ASSERT(tokens(page, 1 + data[0] % 17) == whole);
  return 0;
}
