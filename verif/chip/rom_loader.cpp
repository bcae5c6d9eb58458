// Puts a burnt image into a ROM's word array (rom_loader.sv), word by word from the file's pages: a
// gigabyte a second, where $fread reads its bytes one by one.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "svdpi.h"

namespace {

// A word is ceil(width / 8) bytes, most significant first; svdpi wants 32 bits at a time, lowest first.
void to_vector(const uint8_t* word, long bytes, svBitVecVal* out) {
    const uint8_t* end = word + bytes;
    for (; bytes >= 4; bytes -= 4) {
        uint32_t big;
        end -= 4;
        std::memcpy(&big, end, 4);
        *out++ = big >> 24 | (big >> 8 & 0xff00) | (big << 8 & 0xff0000) | big << 24;
    }
    if (bytes == 0) return;
    svBitVecVal top = 0;
    for (long i = 0; i < bytes; ++i) top = top << 8 | word[i];
    *out = top;
}

}  // namespace

// Returns the bytes of the file, -1 when it cannot be read; fills the ROM when they are as many as it
// takes.
extern "C" long long rom_image(const char* path, const svOpenArrayHandle rom) {
    const int file = open(path, O_RDONLY);
    if (file < 0) return -1;
    struct stat about;
    const long long size = fstat(file, &about) == 0 ? about.st_size : -1;
    const long bytes = (svSize(rom, 0) + 7) / 8, words = svSize(rom, 1);
    if (size > 0 && size == 1LL * bytes * words) {
        void* pages = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
        if (pages == MAP_FAILED) {
            close(file);
            return -1;
        }
        const uint8_t* word = static_cast<const uint8_t*>(pages);
        std::vector<svBitVecVal> value(bytes / 4 + 1);
        for (long i = 0; i < words; ++i, word += bytes) {
            to_vector(word, bytes, value.data());
            svPutBitArrElem1VecVal(rom, value.data(), svLow(rom, 1) + i);
        }
        munmap(pages, size);
    }
    close(file);
    return size;
}
