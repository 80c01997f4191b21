#include "sites/html/page.h"

#include <gtest/gtest.h>

#include "sites/html/style.h"

namespace vedette::sites {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kUrl = "https://www.example.vn/tin/bai.html";

std::vector<std::string> blocks_of(const Page& page) {
  std::vector<std::string> out;
  for (const TextBlock& block : page.blocks) {
    out.push_back(fmt::format("{}: {}{}", block.path, block.text, block.hidden == 0 ? "" : " (hidden)"));
  }
  return out;
}

std::vector<std::string> refs_of(const Page& page) {
  std::vector<std::string> out;
  for (const Ref& ref : page.refs) {
    out.push_back(
        fmt::format("{} {} {}{}", to_string(ref.kind), ref.url, ref.origin, ref.own ? "" : " foreign"));
  }
  return out;
}

std::uint16_t hidden_of(std::string_view html) {
  const std::string page(html);
  const Page read = read_page(page, kUrl);
  return read.blocks.empty() ? 0xFFFF : read.blocks.front().hidden;
}

TEST(Page, GroupsTextByBlockWithItsPath) {
  const std::string html =
      "<!doctype html><html lang=vi><head><title> Tin \n tức </title><meta name=description content='Mô tả'>"
      "<meta name=generator content=WordPress></head><body><div class='main wide'><p>Một <b>hai</b>\n "
      "ba&nbsp;bốn<p>năm"
      "<ul><li>x<li>y <a href=/z>zz "
      "top</a></ul>đuôi</div><table><tr><td>1<td>2<tr><td>3</table></body></html>";
  const Page page = read_page(html, kUrl, "text/html; charset=utf-8");
  EXPECT_EQ(page.title, "Tin tức");
  EXPECT_EQ(page.description, "Mô tả");
  EXPECT_EQ(page.generator, "WordPress");
  EXPECT_EQ(page.lang, "vi");
  EXPECT_EQ(blocks_of(page), (std::vector<std::string>{
                                 "html/body/div.main/p: Một hai ba bốn",
                                 "html/body/div.main/p: năm",
                                 "html/body/div.main/ul/li: x",
                                 "html/body/div.main/ul/li: y zz top",
                                 "html/body/div.main: đuôi",
                                 "html/body/table/tr/td: 1",
                                 "html/body/table/tr/td: 2",
                                 "html/body/table/tr/td: 3",
                             }));
  EXPECT_EQ(page.blocks[3].link_bytes, 5u);
  EXPECT_EQ(html.substr(page.blocks[0].offset, 4), "Một"sv.substr(0, 4));
  ASSERT_EQ(page.refs.size(), 1u);
  EXPECT_EQ(page.refs[0].text, "zz top");
  EXPECT_EQ(page.refs[0].path, "html/body/div.main/ul/li/a");
}

TEST(Page, ResolvesTheOriginOfEveryReference) {
  const std::string html =
      "<script src=//cdn.example.net/a.js></script><script src='/own.js'></script><iframe "
      "src='https://Evil.example:8443/x'>"
      "<p>not text</p></iframe><img src=\" data:image/png;base64,AAAA\"><a href='java\tscript:alert(1)'>x</a>"
      "<a href='/\\evil.example/'>y</a><a href='http://www.example.vn/'>z</a><form action=?q></form>"
      "<link rel='icon shortcut' href=i.ico><link rel=stylesheet href='https://www.example.vn:443/s.css'>"
      "<a href='mailto:a@b'>m</a><a href='h\nttps://ev\til.example'>n</a><object data=o.swf></object>";
  const Page page = read_page(html, kUrl);
  EXPECT_EQ(refs_of(page), (std::vector<std::string>{
                               "script //cdn.example.net/a.js https://cdn.example.net foreign",
                               "script /own.js https://www.example.vn",
                               "frame https://Evil.example:8443/x https://evil.example:8443 foreign",
                               "image data:image/png;base64,AAAA data:",
                               "link java\tscript:alert(1) javascript:",
                               "link /\\evil.example/ https://evil.example foreign",
                               "link http://www.example.vn/ http://www.example.vn foreign",
                               "form ?q https://www.example.vn",
                               "icon i.ico https://www.example.vn",
                               "stylesheet https://www.example.vn:443/s.css https://www.example.vn",
                               "link mailto:a@b mailto:",
                               "link h\nttps://ev\til.example https://evil.example foreign",
                               "object o.swf https://www.example.vn",
                           }));
  EXPECT_EQ(page.refs[2].host, "evil.example");
  ASSERT_EQ(page.handlers.size(), 1u);
  EXPECT_EQ(page.handlers[0].code, "alert(1)");
  EXPECT_EQ(page.blocks.size(), 2u) << "the content of an iframe element is no text";
}

TEST(Page, AppliesTheBaseElement) {
  const std::string html = "<base href='//mirror.example/x/'><script src=a.js></script>";
  const Page page = read_page(html, kUrl);
  EXPECT_EQ(refs_of(page).back(), "script a.js https://mirror.example foreign");
  EXPECT_EQ(page.absolute("a.js"), "https://mirror.example/x/a.js");
}

TEST(Page, TellsHiddenText) {
  EXPECT_EQ(hidden_of("<div>x</div>"), kVisible);
  EXPECT_EQ(hidden_of("<div style='Display : NONE !important'><p>x"), kDisplayNone);
  EXPECT_EQ(hidden_of("<div hidden>x"), kHiddenAttribute);
  EXPECT_EQ(hidden_of("<div style='position:absolute;left:-9999px'>x"), kOffScreen);
  EXPECT_EQ(hidden_of("<p style='text-indent:-200em'>x"), kOffScreen);
  EXPECT_EQ(hidden_of("<p style='left:-20px'>x"), kVisible);
  EXPECT_EQ(hidden_of("<p style='opacity:.01'>x"), kTransparent);
  EXPECT_EQ(hidden_of("<p style='opacity:.9'>x"), kVisible);
  EXPECT_EQ(hidden_of("<p style='font-size:0'>x"), kTinyFont);
  EXPECT_EQ(hidden_of("<div style='height:1px;overflow:hidden;width:1px'>x"), kZeroSize);
  EXPECT_EQ(hidden_of("<div style='height:0'>x"), kVisible);
  EXPECT_EQ(hidden_of("<body bgcolor=white><font color='#fff'>x"), kSameColour);
  EXPECT_EQ(hidden_of("<div style='background:#000'><p style='color:black'>x"), kSameColour);
  EXPECT_EQ(hidden_of("<style>@media print{.a{display:none}} .b, .c{ /*x*/ position:absolute; "
                      "top:-5000px}</style><p class='z c'>x"),
            kHiddenByClass);
  EXPECT_EQ(hidden_of("<style>@media print{.a{display:none}}</style><p class=a>x"), kVisible);
  EXPECT_EQ(hidden_of("<noscript>x</noscript>"), kNotRendered);
}

TEST(Page, SeparatesHiddenTextFromTheBlockAroundIt) {
  const std::string html = "<p>seen <span style=display:none>casino</span> again</p>";
  EXPECT_EQ(blocks_of(read_page(html, kUrl)),
            (std::vector<std::string>{"p: seen", "p: casino (hidden)", "p: again"}));
}

TEST(Page, CollectsScriptsStylesHandlersAndComments) {
  const std::string html =
      "<script>var a = '</p>';\r\nb()</script><script type='application/ld+json'>{}</script><script> "
      "</script>"
      "<body onload='go(&quot;x&quot;)'><!-- note --><img alt='A cat' src=c.png "
      "onerror=f()><style>p{}</style>"
      "<input type=password><input placeholder=Search><svg><script>s1</script><title>t</title><a "
      "xlink:href=q>k</a></svg>";
  const Page page = read_page(html, kUrl);
  ASSERT_EQ(page.scripts.size(), 3u);
  EXPECT_EQ(page.scripts[0].body, "var a = '</p>';\nb()");
  EXPECT_TRUE(page.scripts[0].executable());
  EXPECT_FALSE(page.scripts[1].executable());
  EXPECT_EQ(page.scripts[2].body, "s1");
  ASSERT_EQ(page.handlers.size(), 2u);
  EXPECT_EQ(page.handlers[0].code, "go(\"x\")");
  EXPECT_EQ(page.handlers[1].element, "img");
  ASSERT_EQ(page.comments.size(), 1u);
  EXPECT_EQ(page.comments[0].text, " note ");
  EXPECT_EQ(page.styles.size(), 1u);
  EXPECT_EQ(page.password_inputs, 1u);
  EXPECT_EQ(page.inputs, 2u);
  ASSERT_EQ(page.attribute_texts.size(), 2u);
  EXPECT_EQ(page.attribute_texts[1].text, "Search");
}

TEST(Page, ReadsMetaRefresh) {
  const std::string html = "<META HTTP-EQUIV=Refresh content=\"3; URL='https://spam.example/x'\">";
  const Page page = read_page(html, kUrl);
  EXPECT_EQ(page.refresh_after_s, 3);
  EXPECT_EQ(refs_of(page),
            (std::vector<std::string>{"refresh https://spam.example/x https://spam.example foreign"}));
}

TEST(Page, DecodesWhatIsNotUtf8) {
  const std::string latin = "<p>caf\xE9";
  EXPECT_EQ(read_page(latin, kUrl).encoding, "windows-1252");
  EXPECT_EQ(read_page(latin, kUrl).blocks[0].text, "café");
  const std::string declared = "<meta charset=windows-1251><p>\xCF\xF0\xE8\xE2\xE5\xF2";
  EXPECT_EQ(read_page(declared, kUrl).blocks[0].text, "Привет");
  const std::string utf16("\xFF\xFE<\0p\0>\0x\0", 10);
  EXPECT_EQ(read_page(utf16, kUrl).blocks[0].text, "x");
  const std::string broken =
      "<meta charset=utf-8><p>a\xFF"
      "b";
  const Page page = read_page(broken, kUrl);
  EXPECT_EQ(page.blocks[0].text,
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(page.replaced, 1u);
  EXPECT_EQ(read_page(latin, kUrl, "text/html; charset=\"ISO-8859-2\"").encoding, "ISO-8859-2");
}

TEST(Page, StaysWithinItsLimits) {
  std::string html;
  for (int i = 0; i < 20'000; ++i) html += "<div><b>x<a href=/>";
  PageLimits limits;
  limits.depth = 100;
  limits.blocks = 50;
  limits.refs = 60;
  Page page = read_page(html, kUrl, {}, limits);
  EXPECT_EQ(page.blocks.size(), 50u);
  EXPECT_EQ(page.refs.size(), 60u);
  EXPECT_GT(page.cut.depth, 1000u);
  EXPECT_GT(page.cut.blocks, 0u);
  EXPECT_GT(page.cut.refs, 0u);
  EXPECT_EQ(page.elements, 60'000u);
  limits.bytes = 10;
  page = read_page(html, kUrl, {}, limits);
  EXPECT_EQ(page.cut.bytes, html.size() - 10);
  for (const TextBlock& block : read_page(html, kUrl).blocks) EXPECT_LE(block.path.size(), 300u);
}

TEST(Style, ReadsLengthsAndColours) {
  EXPECT_EQ(read_length("-12.5px"), -12.5);
  EXPECT_EQ(read_length("2em"), 32);
  EXPECT_EQ(read_length("auto"), std::nullopt);
  EXPECT_EQ(read_colour("#FFF"), 0xFFFFFFu);
  EXPECT_EQ(read_colour("#12345"), std::nullopt);
}

}  // namespace
}  // namespace vedette::sites
