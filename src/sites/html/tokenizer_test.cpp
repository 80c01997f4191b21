#include "sites/html/tokenizer.h"

#include <gtest/gtest.h>

#include "sites/html/parse_error.h"

namespace vedette::sites {
namespace {

// Writes tokens down as one readable string.
class Recorder : public TokenHandler {
 public:
  void on_start_tag(const StartTag& tag) override {
    end_text();
    out += fmt::format("<{}", tag.name);
    for (const Attribute& attribute : tag.attributes)
      out += fmt::format(" {}=[{}]", attribute.name, attribute.value);
    out += tag.self_closing ? "/>" : ">";
  }
  void on_end_tag(const EndTag& tag) override {
    end_text();
    out += fmt::format("</{}>", tag.name);
  }
  void on_text(std::string_view text, std::size_t) override {
    if (!in_text_) out += "'";
    in_text_ = true;
    out += text;
    ++texts;
  }
  void on_comment(std::string_view text, std::size_t) override {
    end_text();
    out += fmt::format("<!--{}-->", text);
  }
  void on_doctype(const Doctype& doctype) override {
    end_text();
    out += fmt::format("<!{}>", doctype.name.value_or("-"));
  }
  void on_limit(TokenLimit limit, std::size_t) override { limits.push_back(limit); }
  void on_error(ParseError error, std::size_t) override { errors.emplace_back(to_string(error)); }
  std::string out;
  int texts = 0;
  std::vector<TokenLimit> limits;
  std::vector<std::string> errors;

 private:
  void end_text() {
    if (in_text_) out += "'";
    in_text_ = false;
  }
  bool in_text_ = false;
};

std::string tokens_of(std::string_view html, TokenizerOptions options = {},
                      std::size_t step = std::string::npos) {
  Recorder recorder;
  Tokenizer tokenizer(recorder, std::move(options));
  for (std::size_t at = 0; at < html.size(); at += std::min(step, html.size() - at)) {
    // A copy that is gone after the call: views into a chunk must not outlive it.
    const std::string chunk(html.substr(at, step));
    tokenizer.feed(chunk);
  }
  tokenizer.finish();
  return recorder.out;
}

TEST(Tokenizer, EntersAndLeavesTheContentOfScriptStyleAndTitle) {
  EXPECT_EQ(tokens_of("<script>if (a<b) x('</scrip>')</script ><p>"),
            "<script>'if (a<b) x('</scrip>')'</script><p>");
  EXPECT_EQ(tokens_of("<title>a<b>&amp;</title>"), "<title>'a<b>&'</title>");
  EXPECT_EQ(tokens_of("<STYLE>a<b>&amp;</Style>"), "<style>'a<b>&amp;'</style>");
  EXPECT_EQ(tokens_of("<script><!--<script></script>--></script>x"),
            "<script>'<!--<script></script>-->'</script>'x");
  EXPECT_EQ(tokens_of("<plaintext></plaintext>"), "<plaintext>'</plaintext>");
  EXPECT_EQ(tokens_of("<noscript><a></noscript>"), "<noscript><a></noscript>");
}

TEST(Tokenizer, ReadsScriptAndCdataInForeignContentAsTheStandardDoes) {
  class Foreign : public Recorder {
   public:
    Tokenizer* tokenizer = nullptr;
    void on_start_tag(const StartTag& tag) override {
      if (tag.name == "svg") tokenizer->set_foreign(true);
      Recorder::on_start_tag(tag);
    }
  } recorder;
  Tokenizer tokenizer(recorder);
  recorder.tokenizer = &tokenizer;
  tokenizer.feed("<svg><style><a></style><![CDATA[x<y]]]><z>");
  tokenizer.finish();
  EXPECT_EQ(recorder.out, "<svg><style><a></style>'x<y]'<z>");
  EXPECT_EQ(tokens_of("<![CDATA[x]]>"), "<!--[CDATA[x]]-->");
}

TEST(Tokenizer, HandsOnViewsOfTheChunkWhereNothingHadToChange) {
  class Views : public Recorder {
   public:
    std::string_view page;
    int inside = 0, outside = 0;
    void look(std::string_view text) {
      const bool in = text.data() >= page.data() && text.data() + text.size() <= page.data() + page.size();
      ++(in ? inside : outside);
    }
    void on_start_tag(const StartTag& tag) override {
      for (const Attribute& attribute : tag.attributes) look(attribute.value);
    }
    void on_text(std::string_view text, std::size_t offset) override {
      look(text);
      EXPECT_EQ(page.substr(offset, text.size()), text);
    }
    void on_comment(std::string_view text, std::size_t) override { look(text); }
  } views;
  views.page = "<a href='x'>1 < 2 && 3</b</a><!-- a-b--c --><script>x</scr</script>";
  Tokenizer tokenizer(views);
  tokenizer.feed(views.page);
  tokenizer.finish();
  EXPECT_EQ(views.inside, 4);
  EXPECT_EQ(views.outside, 0);
}

TEST(Tokenizer, GivesTheSameTokensForAnySplit) {
  const std::string_view page =
      "<!DOCTYPE html PUBLIC \"a\" 'b'>\r\n<DIV Class=\"A&amp;B\r\nc\" d e=1 f='&notit;' "
      "G/>x\r\r\n&#x41&#0;&nope;&not"
      "<!-- a -- b --!><!a><?b><script>a<!--<script>\0</script>--></script><p A=&copy=1 a=2></p b=1>&am";
  const std::string whole = tokens_of(page);
  for (const std::size_t step : {1u, 2u, 3u, 5u, 7u, 16u, 31u})
    EXPECT_EQ(tokens_of(page, {}, step), whole) << step;
}

TEST(Tokenizer, ACarriageReturnBehindAnAttributeNameIsWhiteSpace) {
  for (const std::string_view html : {"<a b \r=c>", "<a b\r=c>", "<a b \r\n=c>", "<a b\t\r\r=c>"}) {
    EXPECT_EQ(tokens_of(html), "<a b=[c]>");
    EXPECT_EQ(tokens_of(html, {}, 1), "<a b=[c]>");
  }
}

TEST(Tokenizer, KeepsANameThatHadToChangeWhenTheChunkEndsInIt) {
  const std::string page = "<a hr" + std::string(7, '\0') + "ef=/z b=1>x</a>";
  const std::string whole = tokens_of(page);
  for (std::size_t step = 1; step < page.size(); ++step) EXPECT_EQ(tokens_of(page, {}, step), whole) << step;
}

TEST(Tokenizer, KeepsTheOthersWhenADroppedNameSpannedChunks) {
  const std::string page = "<a b=1 c=&amp; B=2 bB=3 BB=4 d=5>";
  for (std::size_t step = 1; step < page.size(); ++step) {
    EXPECT_EQ(tokens_of(page, {}, step), "<a b=[1] c=[&] bb=[3] d=[5]>") << step;
  }
}

TEST(Tokenizer, ReportsEveryLimitItHits) {
  TokenizerOptions options;
  options.limits = {.total_bytes = 1000, .token_bytes = 100, .attributes = 3, .attribute_bytes = 20};
  Recorder recorder;
  Tokenizer tokenizer(recorder, options);
  tokenizer.feed("<a b=" + std::string(30, 'x') + " c d e f>");
  EXPECT_EQ(recorder.out, "<a b=[" + std::string(20, 'x') + "] c=[] d=[]>");
  EXPECT_EQ(recorder.limits, (std::vector{TokenLimit::kAttributeBytes, TokenLimit::kAttributes}));
  tokenizer.feed("<!--" + std::string(200, 'y') + "-->");
  EXPECT_TRUE(recorder.out.ends_with("<!--" + std::string(100, 'y') + "-->"));
  tokenizer.feed("<" + std::string(150, 'z') + " q>");
  EXPECT_TRUE(recorder.out.ends_with("<" + std::string(100, 'z') + ">"));
  tokenizer.feed(std::string(2000, 't'));
  tokenizer.feed("<not-seen>");
  tokenizer.finish();
  EXPECT_EQ(tokenizer.bytes(), 1000u);
  EXPECT_EQ(tokenizer.limit_hits(TokenLimit::kTotalBytes), 1u);
  EXPECT_EQ(tokenizer.limit_hits(TokenLimit::kTokenBytes), 2u);
  EXPECT_EQ(recorder.out.find("not-seen"), std::string::npos);
}

struct Hostile {
  const char* name;
  std::string unit;
  const char* prefix = "";
};

// Work is counted, not timed: the cost of a byte must not depend on how many came before it.
TEST(Tokenizer, WorksInLinearTimeOnHostileInput) {
  const std::vector<Hostile> cases = {
      {"less-than", "<"},
      {"open tags", "<a"},
      {"comments", "<!--"},
      {"ampersands", "&"},
      {"entity prefixes", "&Counter"},
      {"numeric", "&#9999999999"},
      {"same attribute", "a ", "<p "},
      {"same long attribute", "Abcdefgh=1 ", "<p "},
      {"nested", "<div><b>"},
      {"script ends", "</script", "<script>"},
      {"script comments", "<!--<script>", "<script>"},
      {"doctypes", "<!DOCTYPE "},
      {"carriage returns", "\r"},
      {"nul", std::string(1, '\0')},
      {"dashes", "-", "<!--"},
      {"brackets", "]", "<![CDATA["},
      {"solidus", "/", "<p "},
      {"title ends", "</titl", "<title>"},
      {"quotes", "\"", "<p a="},
  };
  class Counter : public TokenHandler {
   public:
    std::uint64_t work = 0;
    void on_start_tag(const StartTag& tag) override { work += tag.attributes.size(); }
    void on_end_tag(const EndTag&) override {}
    void on_text(std::string_view, std::size_t) override { ++work; }
    void on_comment(std::string_view, std::size_t) override {}
  };
  const auto cost = [](const std::string& page, std::size_t step) {
    Counter counter;
    Tokenizer tokenizer(counter);
    for (std::size_t at = 0; at < page.size(); at += step)
      tokenizer.feed(std::string_view(page).substr(at, step));
    tokenizer.finish();
    return static_cast<double>(tokenizer.operations() + counter.work) / static_cast<double>(page.size());
  };
  const auto build = [](const Hostile& hostile, std::size_t size) {
    std::string page = hostile.prefix;
    while (page.size() < size) page += hostile.unit;
    return page;
  };
  for (const Hostile& hostile : cases) {
    const std::string small = build(hostile, 64 << 10),
                      large = build(hostile, hostile.unit.size() <= 2 ? 8 << 20 : 1 << 20);
    const double small_cost = cost(small, small.size()), large_cost = cost(large, large.size());
    EXPECT_LT(large_cost, 20.0) << hostile.name;
    EXPECT_LT(large_cost, small_cost * 1.1 + 0.1) << hostile.name;
    EXPECT_LT(cost(small, 1), 20.0) << hostile.name << " fed byte by byte";
  }
  std::string different = "<p ";
  for (int i = 0; i < 200'000; ++i) different += fmt::format("a{} ", i);
  EXPECT_LT(cost(different, different.size()), 20.0);
}

}  // namespace
}  // namespace vedette::sites
