#include "sites/html/element.h"

namespace vedette::sites {

std::uint8_t traits_of(std::string_view name) {
  if (name.size() > 8) {
    if (name == "blockquote" || name == "figcaption") return kBlock | kBreaksOut | kEndsParagraph;
    return name == "plaintext" ? kBlock : kInline;
  }
  switch (packed(name)) {
    case packed("div"):
    case packed("p"):
    case packed("ul"):
    case packed("ol"):
    case packed("h1"):
    case packed("h2"):
    case packed("h3"):
    case packed("h4"):
    case packed("h5"):
    case packed("h6"):
    case packed("dl"):
    case packed("pre"):
    case packed("listing"):
    case packed("menu"):
    case packed("center"):
    case packed("table"):
      return kBlock | kBreaksOut | kEndsParagraph;
    case packed("li"):
    case packed("dd"):
    case packed("dt"):
    case packed("body"):
    case packed("head"):
      return kBlock | kBreaksOut | kEndsParagraph;
    case packed("address"):
    case packed("article"):
    case packed("aside"):
    case packed("details"):
    case packed("dialog"):
    case packed("dir"):
    case packed("fieldset"):
    case packed("figure"):
    case packed("footer"):
    case packed("form"):
    case packed("header"):
    case packed("hgroup"):
    case packed("main"):
    case packed("nav"):
    case packed("search"):
    case packed("section"):
    case packed("summary"):
    case packed("xmp"):
      return kBlock | kEndsParagraph;
    case packed("html"):
    case packed("frameset"):
    case packed("td"):
    case packed("th"):
    case packed("tr"):
    case packed("tbody"):
    case packed("thead"):
    case packed("tfoot"):
    case packed("caption"):
    case packed("legend"):
    case packed("option"):
    case packed("optgroup"):
    case packed("select"):
    case packed("button"):
    case packed("textarea"):
    case packed("marquee"):
    case packed("noscript"):
    case packed("template"):
    case packed("svg"):
      return kBlock;
    case packed("hr"):
      return kBlock | kVoid | kBreaksOut | kEndsParagraph;
    case packed("br"):
    case packed("img"):
    case packed("embed"):
    case packed("meta"):
      return kVoid | kBreaksOut;
    case packed("area"):
    case packed("base"):
    case packed("basefont"):
    case packed("bgsound"):
    case packed("col"):
    case packed("frame"):
    case packed("input"):
    case packed("keygen"):
    case packed("link"):
    case packed("param"):
    case packed("source"):
    case packed("track"):
    case packed("wbr"):
      return kVoid;
    case packed("b"):
    case packed("big"):
    case packed("code"):
    case packed("em"):
    case packed("i"):
    case packed("nobr"):
    case packed("ruby"):
    case packed("s"):
    case packed("small"):
    case packed("span"):
    case packed("strong"):
    case packed("strike"):
    case packed("sub"):
    case packed("sup"):
    case packed("tt"):
    case packed("u"):
    case packed("var"):
      return kBreaksOut;
    case packed("script"):
    case packed("style"):
    case packed("title"):
    case packed("iframe"):
    case packed("noembed"):
    case packed("noframes"):
      return kRawContent;
    default:
      return kInline;
  }
}

}  // namespace vedette::sites
