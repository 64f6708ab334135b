// Names that a block, or another process, chose: shown to people, so they must not be able to command a
// terminal.
#pragma once

#include <string>

namespace datablock {

/// `text` with a question mark for each byte of a control character: C0, DEL, and C1 (in UTF-8, C2 80 to C2
/// 9F).
inline std::string printable(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if (byte < 0x20 || byte == 0x7f) {
      text[i] = '?';
    } else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {
      text[i] = text[i + 1] = '?';
    }
  }
  return text;
}

}  // namespace datablock
