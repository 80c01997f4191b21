// A situation report as a document that is printed.
#pragma once

#include "desk/periods/situation.h"
#include "paper/document.h"

namespace vedette::server {

// Times in this IANA zone, which the paper names.
Result<paper::Document> situation_document(const desk::SituationReport& report, Language language,
                                           const std::string& zone);

}  // namespace vedette::server
