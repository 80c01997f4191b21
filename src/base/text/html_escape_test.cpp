#include "base/text/html_escape.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

TEST(HtmlEscape, LeavesNothingThatEndsTextOrAnAttribute) {
  EXPECT_EQ(html_escaped("<a href=\"x\" title='y'>&amp;</a>"),
            "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
  EXPECT_EQ(html_escaped("Cổng thông tin"), "Cổng thông tin");
  EXPECT_EQ(html_escaped(""), "");
}

}  // namespace
}  // namespace vedette
