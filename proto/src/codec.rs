//! The codec of every generated client and server: prost's, except that bytes which are no message are the caller's
//! fault (INVALID_ARGUMENT) and not ours (INTERNAL).
use std::marker::PhantomData;

use prost::Message;
use tonic::{
    Status,
    codec::{Codec as TonicCodec, DecodeBuf, Decoder},
};
use tonic_prost::{ProstCodec, ProstEncoder};

/// Encodes `E` and decodes `D`.
pub(crate) struct Codec<E, D>(PhantomData<(E, D)>);

impl<E, D> Default for Codec<E, D> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<E, D> TonicCodec for Codec<E, D>
where
    E: Message + Send + 'static,
    D: Message + Default + Send + 'static,
{
    type Encode = E;
    type Decode = D;
    type Encoder = ProstEncoder<E>;
    type Decoder = Strict<<ProstCodec<E, D> as TonicCodec>::Decoder>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstCodec::<E, D>::default().encoder()
    }

    fn decoder(&mut self) -> Self::Decoder {
        Strict(ProstCodec::<E, D>::default().decoder())
    }
}

/// A decoder that blames the sender.
pub(crate) struct Strict<T>(T);

impl<T: Decoder<Error = Status>> Decoder for Strict<T> {
    type Item = T::Item;
    type Error = Status;

    fn decode(&mut self, bytes: &mut DecodeBuf<'_>) -> Result<Option<T::Item>, Status> {
        self.0
            .decode(bytes)
            .map_err(|e| Status::invalid_argument(format!("malformed message: {}", e.message())))
    }
}
