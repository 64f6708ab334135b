#include "core/secret.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "core/status.hpp"
#include "platform/linux/file.hpp"

namespace datablock {
namespace {

// What derived values are for: BLAKE2b's personalization, 16 bytes.
using Purpose = std::array<unsigned char, crypto_generichash_blake2b_PERSONALBYTES>;

constexpr Purpose purpose(const char (&text)[17]) {
  Purpose bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<unsigned char>(text[i]);
  }
  return bytes;
}
constexpr Purpose kVerifier = purpose("datablock.verify");
constexpr Purpose kMessageKey = purpose("datablock.digest");

void start_sodium() {
  if (sodium_init() < 0) {
    throw Error(Status::SYSTEM, "libsodium cannot be used.");
  }
}

[[noreturn]] void refuse(const std::string& why) {
  throw Error(Status::SECRET_UNUSABLE, why);
}

/// Memory for what is read, wiped when it goes.
class WipedBuffer {
 public:
  WipedBuffer() { sodium_mlock(bytes_.data(), bytes_.size()); }
  WipedBuffer(const WipedBuffer&) = delete;
  WipedBuffer& operator=(const WipedBuffer&) = delete;
  ~WipedBuffer() { sodium_munlock(bytes_.data(), bytes_.size()); }  // wipes, too

  std::array<char, 128>& bytes() { return bytes_; }

 private:
  std::array<char, 128> bytes_{};
};

Secret from_hex(const char* digits, std::size_t length) {
  WipedBuffer buffer;
  auto* bytes = reinterpret_cast<unsigned char*>(buffer.bytes().data());
  std::size_t size = 0;
  const bool is_hex = length == 2 * kSecretSize &&
                      sodium_hex2bin(bytes, kSecretSize, digits, length, nullptr, &size, nullptr) == 0 &&
                      size == kSecretSize;
  if (!is_hex) {
    refuse("It is neither 32 bytes nor 64 hexadecimal digits.");
  }
  return secret_from_bytes(SecretBytes::View(bytes, kSecretSize));
}

Secret parse(const std::array<char, 128>& text, std::size_t length) {
  if (length == kSecretSize) {
    // 32 bytes of chance are not all text: that is half a secret in hexadecimal, or a pass phrase.
    if (std::all_of(text.begin(), text.begin() + kSecretSize,
                    [](unsigned char byte) { return byte < 0x80 && std::isprint(byte) != 0; })) {
      refuse("It is text of 32 characters: 64 hexadecimal digits are needed, or 32 bytes of chance.");
    }
    return secret_from_bytes(
        SecretBytes::View(reinterpret_cast<const std::uint8_t*>(text.data()), kSecretSize));
  }
  while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r')) {
    --length;
  }
  return from_hex(text.data(), length);
}

/// As ssh has it for its keys.
void require_private(int fd, const std::string& name) {
  struct stat facts {};
  if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return;  // a pipe, say: there is no mode that means anything
  }
  const bool is_own = facts.st_uid == geteuid();
  if ((facts.st_mode & (is_own ? 077U : 007U)) != 0) {
    std::array<char, 16> mode{};
    std::snprintf(mode.data(), mode.size(), "%04o", facts.st_mode & 07777U);
    refuse("Others may read " + name + " (its mode is " + mode.data() + "): chmod 600 it.");
  }
}

Secret read_secret(int fd, const std::string& name) {
  start_sodium();
  require_private(fd, name);
  WipedBuffer buffer;
  auto& bytes = buffer.bytes();
  std::size_t length = 0;
  while (length < bytes.size()) {
    const ssize_t got = read(fd, bytes.data() + length, bytes.size() - length);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      throw Error(Status::SECRET_UNUSABLE, "Reading " + name + " failed.", errno);
    }
    if (got == 0) {
      break;
    }
    length += static_cast<std::size_t>(got);
  }
  return parse(bytes, length);
}

using Verifier = std::array<std::uint8_t, 32>;
static_assert(sizeof(Header::secret_verifier) == sizeof(Verifier));
static_assert(sizeof(Header::secret_salt) == crypto_generichash_blake2b_SALTBYTES);

Verifier verifier_of(const Header& header, const ZoneTable& zones, const std::string& schema,
                     const SecretBytes& secret) {
  Header covered;
  // Bytes, not members: what lies between the members is in the file too.
  std::memcpy(static_cast<void*>(&covered), &header, sizeof header);
  covered.secret_verifier = {};
  covered.digest = 0;
  crypto_generichash_blake2b_state state;
  Verifier verifier{};
  crypto_generichash_blake2b_init_salt_personal(&state, secret.bytes().data(), kSecretSize, verifier.size(),
                                                header.secret_salt.data(), kVerifier.data());
  const auto add = [&](const void* data, std::size_t size) {
    crypto_generichash_blake2b_update(&state, static_cast<const unsigned char*>(data), size);
  };
  add(&covered, sizeof covered);
  add(zones.data(), zones.size() * sizeof(ZoneEntry));
  add(schema.data(), schema.size());
  crypto_generichash_blake2b_final(&state, verifier.data(), verifier.size());
  return verifier;
}

}  // namespace

SecretBytes::SecretBytes(View bytes) {
  start_sodium();
  bytes_ = static_cast<std::uint8_t*>(sodium_malloc(kSecretSize));
  if (bytes_ == nullptr) {
    throw std::bad_alloc();
  }
  std::memcpy(bytes_, bytes.data(), kSecretSize);
  sodium_mprotect_readonly(bytes_);
}

SecretBytes::~SecretBytes() {
  sodium_free(bytes_);  // wipes
}

Secret secret_from_bytes(SecretBytes::View bytes) {
  start_sodium();
  if (sodium_is_zero(bytes.data(), bytes.size()) == 1) {
    refuse("All of its bits are 0.");
  }
  return std::make_shared<const SecretBytes>(bytes);
}

Secret secret_from_file(const std::string& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file) {
    throw Error(Status::SECRET_UNUSABLE, path + " cannot be opened.", errno);
  }
  return read_secret(file.get(), path);
}

Secret secret_from_descriptor(int fd) {
  return read_secret(fd, "descriptor " + std::to_string(fd));
}

Secret secret_from_environment() {
  const char* digits = std::getenv("DATABLOCK_SECRET");
  if (digits == nullptr || *digits == '\0') {
    return nullptr;
  }
  start_sodium();
  return from_hex(digits, std::strlen(digits));
}

void seal_header(Header& header, const ZoneTable& zones, const std::string& schema,
                 const SecretBytes& secret) {
  randombytes_buf(header.secret_salt.data(), header.secret_salt.size());
  header.secret_verifier = verifier_of(header, zones, schema, secret);
}

Secret message_key(const Header& header, const SecretBytes& secret) {
  WipedBuffer key;
  auto* bytes = reinterpret_cast<unsigned char*>(key.bytes().data());
  crypto_generichash_blake2b_salt_personal(bytes, kSecretSize, header.instance.data(), header.instance.size(),
                                           secret.bytes().data(), kSecretSize, header.secret_salt.data(),
                                           kMessageKey.data());
  return std::make_shared<const SecretBytes>(SecretBytes::View(bytes, kSecretSize));
}

bool is_secret_of(const Header& header, const ZoneTable& zones, const std::string& schema,
                  const SecretBytes& secret) {
  const Verifier verifier = verifier_of(header, zones, schema, secret);
  return sodium_memcmp(verifier.data(), header.secret_verifier.data(), verifier.size()) == 0;
}

void require_secret(const Header& header, const ZoneTable& zones, const std::string& schema,
                    const Secret& secret) {
  if (header.has_secret == 0) {
    if (secret) {
      throw Error(Status::SECRET_WRONG, "The block has none.");
    }
    return;
  }
  if (!secret) {
    throw Error(Status::SECRET_NEEDED);
  }
  if (!is_secret_of(header, zones, schema, *secret)) {
    throw Error(Status::SECRET_WRONG);
  }
}

}  // namespace datablock
