package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// The polynomial of CRC-64/NVME, the highest power left out; a remainder has its highest power in its highest bit.
const polynomial = 0xad93d23594c93659

// times multiplies two remainders.
func times(one, other uint64) uint64 {
	product := uint64(0)
	for ; other != 0; other >>= 1 {
		if other&1 != 0 {
			product ^= one
		}
		carry := one >> 63
		one = one<<1 ^ carry*polynomial
	}
	return product
}

// append is the CRC of an object that goes on with a part, by what it was so far: nothing is read again.
func (one *upload) append(crc uint64, number int) (uint64, error) {
	found, isThere := one.parts[number]
	bytes, err := base64.StdEncoding.DecodeString(found.crc)
	if !isThere || err != nil || len(bytes) != 8 {
		return 0, fmt.Errorf("%w: part %d has none", errChecksum, number)
	}
	power, square := uint64(1), uint64(1)<<8
	for rest := found.size; rest > 0; rest >>= 1 {
		if rest&1 != 0 {
			power = times(power, square)
		}
		square = times(square, square)
	}
	return bits.Reverse64(times(bits.Reverse64(crc), power)) ^ binary.BigEndian.Uint64(bytes), nil
}

func encodeCrc(crc uint64) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, crc))
}
